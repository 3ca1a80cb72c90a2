"""The four chapters and the studies as functions: their parameters, the profiles that fill them, their runs.

A chapter is a notebook with one cell tagged ``parameters``. That cell lists every parameter once, as
``name: type = None  # meaning``. A profile is a TOML file with a table per chapter (and a table ``run`` for
what they share); it gives what the cell, or whoever runs the notebook, leaves at None.

``chapters``    where the notebooks lie, and the folder of a run
``profiles``    a profile by its name
``parameters``  what a notebook declares, and what was chosen
``overrides``   what is typed on the command line
``running``     notebooks run top to bottom
``watching``    an image while it grows
"""

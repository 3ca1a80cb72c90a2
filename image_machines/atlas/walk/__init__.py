"""Walk: a page to walk through an atlas, from the whole network to one neuron; opens from disk.

``finished`` (which images) and ``order`` (where they lie) -> ``answers`` (what excites each) -> ``page`` (the
folder that a browser opens) -> ``making`` (of a run).
"""

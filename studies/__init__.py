"""One folder for each paper that is repeated here: its steps, notebook, results, figures and ``RESULTS.md``.

What several of them need lies in ``common``. ``make run STUDY=name`` runs the notebook of one, and
``make report`` writes the tables.
"""

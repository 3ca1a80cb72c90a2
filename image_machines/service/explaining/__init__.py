"""Why a network says what it says: questions about works and neurons, answered in a process of its own.

``reasons`` and ``semantic`` (what is computed) <- ``process`` (where) <- ``inquiries`` (who waits
for it) <- ``explainer`` (of what) <- ``resources`` (what the API answers: ``answers``, ``operations``).
"""

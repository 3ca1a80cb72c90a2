"""What a network used on a picture, beside ``vision``, which shows what would excite it.

``targets`` (what is explained) -> ``gradients`` -> ``methods`` -> ``heatmaps`` (where it is in the picture);
``features`` (which neurons the classes go by) -> ``removal`` (whether they matter), ``averages`` (what they
look like), ``concepts``, ``distribution`` (where in the catalogue), ``selectivity`` (of all neurons at once)
-> ``explanation`` (of one picture). ``basis``: all of it that rests on a run's collection.
"""

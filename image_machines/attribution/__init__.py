"""What a network used on a picture, beside ``vision``, which shows what would excite it.

``targets`` (what is explained) -> ``gradients`` -> ``methods`` -> ``heatmaps`` (where it is in the picture).
"""

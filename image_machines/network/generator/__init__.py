"""A generator: a decoder from a network's features to pictures, learned from a collection.

Dosovitskiy and Brox 2016, "Generating images with perceptual similarity metrics based on deep networks".
A picture's *code* is a late map of a network, pooled to a few cells and turned to a few channels; the decoder
learns to make the picture from it, by the losses of pixels, features and a critic. `training` makes a file,
`loading` opens it.
"""

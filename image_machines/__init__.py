"""Images of Image Machines: pictures that show what a network trained on paintings looks for.

The folders are the flow, and each imports only from those before it::

    images -> collection -> network -> vision -> service

``images``      arrays and pictures
``collection``  what is looked at: the catalogue, the downloads, the data set, the built-in pictures
``network``     who looks: models, fine-tuning, evaluation, responses
``vision``      what it sees: objectives, parametrisations, regularisers, the ascent
``service``     who shows it: the store of finished images, the renderer, the API

``notebooks`` reads the settings of the four chapters; ``python -m image_machines`` runs them.
"""

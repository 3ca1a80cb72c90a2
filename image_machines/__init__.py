"""Images of Image Machines: pictures that show what a network trained on paintings looks for.

The folders are the flow, and each imports only from those before it::

    files, images -> painter -> collection -> network -> vision -> atlas -> service

``files``       written in one piece
``images``      arrays and pictures
``painter``     the pictures that the program paints itself
``collection``  what is looked at: sources, their catalogues, the downloads, the data set
``network``     who looks: models, fine-tuning, evaluation, responses
``vision``      what it sees: objectives, parametrisations, regularisers, the ascent
``atlas``       the images of a network: recipes, their making, the store, the queue
``service``     who shows it: the API, over HTTP

``notebooks`` reads the settings of the four chapters; ``python -m image_machines`` runs them.
"""

"""Images of Image Machines: pictures that show what a network trained on paintings looks for.

The folders are the flow, and each imports only from those before it::

    machine, names, files, checks, decoding, images
        -> painter -> collection -> network -> vision -> attribution -> atlas -> service -> notebooks

``machine``     the computer: cores, instructions, memory
``names``       the nearest name to one that there is not
``files``       written in one piece
``checks``      what comes in from outside, refused in one sentence
``images``      arrays and pictures, ``decoding`` from any file
``painter``     the pictures that the program paints itself
``collection``  what is looked at: sources, their catalogues, the downloads, the data set
``network``     who looks: models, fine-tuning, evaluation, responses
``vision``      what it sees: objectives, parametrisations, regularisers, the ascent
``attribution`` what it used on a picture: heatmaps, relevant features, explanations
``atlas``       the images of a network: recipes, their making, the store, the queue
``service``     who shows it: the API, over HTTP

``notebooks``   the four chapters and the studies: their parameters, profiles, runs; ``figures`` for them

``python -m image_machines`` is the command line. Beside the package lie ``studies``, a folder for each paper,
``bench``, which measures speeds, and ``reference``, the loop of 2018 that both are held against.
"""

"""Maps: pictures laid out by what a network sees in them, their clusters, and a page to walk through them.

``layout`` places the pictures, ``clusters`` finds what lies together and names it by the catalogue,
``pyramid`` writes the pictures as tiles, ``page`` the folder that a browser opens, ``making`` puts these
together.
"""

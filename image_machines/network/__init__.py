"""Who looks: the networks, their training, their scores and their responses."""

"""What the service answers about neurons from how the whole collection excites them."""

"""The atlas of a whole network: its notebook, and how it is made on other machines (``CLUSTER.md``)."""

"""Who shows it: finished images on disk, a renderer with a queue, the resources of the API."""

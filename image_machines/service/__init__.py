"""Who shows it: the resources of the API, over HTTP and nothing else."""

"""What it sees: activation maximisation as objective, parametrisation and regulariser."""

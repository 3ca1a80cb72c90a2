"""What this project is held against: the plain loop of 2018, as the paper describes it."""

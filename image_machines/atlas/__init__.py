"""The images of a whole network: recipes, how they are made, where they are kept, who makes them when."""

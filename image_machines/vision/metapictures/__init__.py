"""How much of a picture is the method's: one neuron by many methods (Offert and Bell 2020)."""

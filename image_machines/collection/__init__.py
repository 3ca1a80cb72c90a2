"""What is looked at: a catalogue of works, their pictures, a data set cut from them. No Keras here."""

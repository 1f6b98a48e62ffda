"""From files to `Study` and on to the model's grid. NumPy only, no TensorFlow."""

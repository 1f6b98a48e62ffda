"""Training: one custom loop on a compiled step. Imports TensorFlow where it is used."""

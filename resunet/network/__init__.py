"""The network and its losses. Imports Keras, so import it where it is used."""

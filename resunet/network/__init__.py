"""The network, its dropout masks and its losses.

`resunet` and `losses` import Keras, so import them where they are used.
"""

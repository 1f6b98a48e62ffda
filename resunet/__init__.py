"""ResU-Net: segmentation of brain tumours in MRI with a visible uncertainty.

A re-creation, and continuation, of "ResU-Net: Image segmentation of brain cancer
tumors using a U-Net architecture with residual connections" (Jonsson, 2023).

Importing the package does no work and loads no heavy library; import the room that is
needed, for example ``resunet.data``, ``resunet.network`` or ``resunet.inference``.
"""

__version__ = "0.1.0"

PROGRAM = "ResU-Net"
"""What the program calls itself in exports."""

DISCLAIMER = "Research use only; not a medical device"
"""Stands on every page, picture and export."""

"""Synthetic patients: skull-stripped brains with gliomas, in the four contrasts."""

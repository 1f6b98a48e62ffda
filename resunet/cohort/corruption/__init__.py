"""Broken slices, found from their pixels: simulated for the proof, described, told."""

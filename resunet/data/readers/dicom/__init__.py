"""Reads DICOM: MR series as volumes, segmentations as labels."""

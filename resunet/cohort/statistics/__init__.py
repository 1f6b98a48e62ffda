"""The statistics that compare sets of patients; patients, not slices or pixels, are the unit."""

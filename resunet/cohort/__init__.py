"""What sets of patients look like, and how they differ."""

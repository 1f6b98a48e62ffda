"""The work list: patients and slices in the order in which a reader had best look at them."""

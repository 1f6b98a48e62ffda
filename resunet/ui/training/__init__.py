"""Starting trainings and watching them: what the training page is made of."""

"""What the Model page shows: the network itself, part by part."""

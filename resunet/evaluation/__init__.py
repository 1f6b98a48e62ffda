"""How well a model does on cases whose truth is known."""

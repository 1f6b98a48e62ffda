"""From a `Study` to a `Prediction`. Keras is loaded by the engine alone, when it is made."""

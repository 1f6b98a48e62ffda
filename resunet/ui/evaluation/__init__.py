"""The page *Evaluation*: what a network scores on patients whose truth is known."""

"""Run folders and, later, the starting and stopping of jobs. Never imports TensorFlow."""

"""The sample repository of `make demo`, and the command that runs the main job on it."""

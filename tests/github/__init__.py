"""The stand-in for GitHub that the whole-bot tests and the demo talk with; start reading at `fake.py`."""

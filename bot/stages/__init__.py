"""The stages of the path that need edges: each takes a workbench and nouns, and gives nouns back.

`bot/pipeline.py` is the only one that calls them, in the order of the path.
"""

"""Perfwright: benchmarks pull requests, names the cause of a regression and offers a verified fix."""

__version__ = "0.1.0"

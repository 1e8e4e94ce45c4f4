"""The linter for image folders."""

__version__ = "0.1.0"

"""The version of catsclean."""

__version__ = "0.1.0"

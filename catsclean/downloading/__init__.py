"""Download published sets of pictures: whole, checked, and unpacked without surprises."""

from catsclean.downloading.download import Downloaded as Downloaded
from catsclean.downloading.download import download as download

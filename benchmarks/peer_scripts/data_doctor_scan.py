"""Scan a folder with vision-data-doctor: corrupt files, copies and near copies."""

import sys
from pathlib import Path

from data_doctor import scan_directory

scan_directory(Path(sys.argv[1]))

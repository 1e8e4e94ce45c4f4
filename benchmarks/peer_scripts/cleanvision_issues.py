"""Look for all default issues in a folder with cleanvision, in one process."""

import sys

from cleanvision import Imagelab

Imagelab(data_path=sys.argv[1]).find_issues(n_jobs=1, verbose=False)

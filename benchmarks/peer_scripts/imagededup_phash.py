"""Hash a folder's pictures with imagededup's PHash, and find the duplicates among them.

Its packages import torch in their first line, which neither hashes nor search use; here the
modules of both are imported past those lines.
"""

import sys
import types
from pathlib import Path

import imagededup

for name in ("methods", "utils"):
    package = types.ModuleType(f"imagededup.{name}")
    package.__path__ = [str(Path(imagededup.__path__[0]) / name)]
    sys.modules[package.__name__] = package

from imagededup.methods.hashing import PHash  # noqa: E402

hasher = PHash(verbose=False)
hashes = hasher.encode_images(image_dir=sys.argv[1], recursive=True, num_enc_workers=0)
hasher.find_duplicates(encoding_map=hashes, num_dist_workers=0)

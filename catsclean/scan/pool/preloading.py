"""Load what every worker needs; for the server that they are forked from, and for nobody else."""

from __future__ import annotations

import gc
from importlib import import_module
from typing import Final

_MODULES: Final = (
    "catsclean.scan.worker", "catsclean.scan.in_workers", "concurrent.futures.process",
)  # fmt: skip

# modules stay: looking for garbage among them costs a tenth of loading them, and writing to pages
# that server and workers could have shared
gc.disable()
for _name in _MODULES:
    import_module(_name)
gc.freeze()
gc.enable()

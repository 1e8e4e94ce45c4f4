"""Import all modules that every worker needs; only the fork server imports this one."""

from __future__ import annotations

import gc
from importlib import import_module
from typing import Final

_MODULES: Final = (
    "catsclean.scan.worker", "catsclean.scan.in_workers", "concurrent.futures.process",
)  # fmt: skip

# Modules are never freed.  Collecting garbage among them costs a tenth of the time to load them,
# and writes to memory pages that server and workers could share.
gc.disable()
for _name in _MODULES:
    import_module(_name)
gc.freeze()
gc.enable()

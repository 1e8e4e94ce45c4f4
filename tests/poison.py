"""A validator, installed as another distribution would be, that dies at marked files.

It stands for a decoder with a bug: its process ends, aborts, or never answers.
"""

import os
import sys
from pathlib import Path

from pictures import jpeg

from catsclean.validators.registry import all_validators

#: Path of each poison file → what it ends with.
FILES = {
    "Cat/poison-exit.jpg": b"POISON-EXIT",
    "Dog/poison-abort.jpg": b"POISON-ABORT",
    "Dog/poison-hang.jpg": b"POISON-HANG",
}
SOURCE = '''
import os
from catsclean.core.model import Severity
from catsclean.validators.base import Validator


class Poison(Validator):
    """Dies at marked files."""

    name = "poison"
    family = "file"
    severity = Severity.NOTE
    columns = {"poison": 0}

    def inspect(self, image):
        tail = image.data[-16:]
        if tail.endswith(b"POISON-EXIT"):
            os._exit(66)
        if tail.endswith(b"POISON-ABORT"):
            os.abort()
        while tail.endswith(b"POISON-HANG"):
            pass
        return {"poison": 1}

    def judge(self, evidence):
        return ()
'''


def install(site):
    """Put it where Python finds it, if `site` is on its path."""
    info = Path(site) / "poison_validator-1.dist-info"
    info.mkdir(parents=True)
    (Path(site) / "poison_validator.py").write_text(SOURCE)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: poison-validator\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[catsclean.validators]\npoison = poison_validator:Poison\n"
    )


def install_here(site, monkeypatch):
    """Install it for this process, its workers, and the processes that it starts."""
    install(site)
    monkeypatch.syspath_prepend(str(site))
    paths = [str(site), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    all_validators.cache_clear()


def uninstall_here():
    """Forget it; call this once the path is as it was."""
    sys.modules.pop("poison_validator", None)
    all_validators.cache_clear()


def plant(root, then_s=1e9):
    """Add the three files to a data set, old enough for the cache to trust their time."""
    for number, (path, tail) in enumerate(FILES.items()):
        (root / path).write_bytes(jpeg(900 + number) + tail)
        os.utime(root / path, (then_s, then_s))

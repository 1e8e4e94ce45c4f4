"""What a command does not need, it does not load: imports are most of what a short run costs."""

import os
import subprocess
import sys

import pytest
from pictures import jpeg, make_dataset

from catsclean.cli.commands import command_names, module_of

# pandas alone takes as long as all that an audit of 25,000 unchanged files does
HEAVY = {"pandas", "scipy", "matplotlib", "tensorflow", "rich.console", "rich.text", "pydantic"}


RUN = """
import sys
from catsclean.cli import run
from catsclean.cli.lazy_modules import _LazyModule
try:
    run(sys.argv[1:])
finally:
    loaded = [name for name, m in sys.modules.items() if not isinstance(m, _LazyModule)]
    print(*loaded, file=sys.stderr)
"""


def loaded(*arguments, cwd=None) -> set[str]:
    """The modules that a process loads, its workers' not among them."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, *arguments], capture_output=True, text=True, check=True, cwd=cwd
    )
    return set(done.stderr.split())


@pytest.fixture
def pets(tmp_path):
    make_dataset(tmp_path / "pets", {"Cat": 3, "Dog": 3})
    for path in (tmp_path / "pets").rglob("*.jpg"):
        os.utime(path, (1e9, 1e9))  # what is younger than the clock's grain is read again
    return tmp_path


AUDIT = ("audit", "pets", "-q", "--exit-zero")


def test_an_audit_loads_no_pandas(pets):
    assert not loaded(*AUDIT, cwd=pets) & HEAVY


def test_values_of_options_load_nothing_that_converts_them(pets):
    numbers = ("--workers", "1", "--timeout", "9.5", "--max-pixels", "1000000")
    names = ("--select", "zero-length", "--format", "json", "--state-dir", "new")
    assert not loaded(*AUDIT, *numbers, *names, cwd=pets) & HEAVY


def test_what_reads_pictures_is_loaded_in_the_workers_alone(tmp_path):
    make_dataset(tmp_path / "pets", {"Cat": 1})
    reading = {"catsclean.images.decoding", "catsclean.scan.worker"}
    assert not {*reading, "numpy.ma"} & loaded(*AUDIT, cwd=tmp_path)


def test_an_audit_of_unchanged_files_loads_nothing_to_read_or_write_with(pets):
    loaded(*AUDIT, cwd=pets)
    workers = {"multiprocessing", "concurrent.futures.process", "catsclean.scan.worker"}
    tables = {"pandas", "numpy.ma", "pyarrow.compute", "PIL.Image"}
    assert not loaded(*AUDIT, cwd=pets) & {*HEAVY, *workers, *tables}


def test_an_audit_of_a_little_changed_folder_loads_no_more_of_arrow_and_numpy(pets):
    loaded(*AUDIT, cwd=pets)
    (pets / "pets/Dog/1.jpg").write_bytes(jpeg(8))
    (pets / "pets/Cat/new.jpg").write_bytes(jpeg(9))
    (pets / "pets/Cat/1.jpg").unlink()
    assert not {"pyarrow.compute", "numpy.random"} & loaded(*AUDIT, cwd=pets)


def test_a_command_loads_no_other_commands(pets):
    commands = {f"catsclean.cli.{module_of(name)}" for name in command_names()}
    assert loaded(*AUDIT, cwd=pets) & commands == {"catsclean.cli.audit_command"}
    assert not loaded("--version") & commands


def test_help_loads_no_more_than_its_text():
    assert not loaded("--help") & {*HEAVY, "numpy", "pyarrow", "PIL", "multiprocessing"}


PLAIN = """
import inspect, pydoc, sys
from importlib.abc import MetaPathFinder

class Missing(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name in {"tensorflow", "keras", "cv2", "sklearn", "matplotlib"}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Missing())
for module in ("tensorflow", "keras", "cv2", "sklearn", "matplotlib"):
    sys.modules[module] = None
from importlib import metadata
metadata.distributions = lambda **_: []  # no TensorFlow is installed under any name
import catsclean

assert hasattr(catsclean, "predict") and hasattr(catsclean.training, "dataset")
names = {name for name, _ in inspect.getmembers(catsclean)}
assert names == set(catsclean.__all__) == set(dir(catsclean)), names
assert "train_baseline" in pydoc.render_doc(catsclean, renderer=pydoc.plaintext)
try:
    catsclean.train_baseline("pets")
except ImportError as error:
    assert isinstance(error, catsclean.CatscleanError)
    print(error)
"""


def test_without_the_extra_everything_is_there_and_says_so_when_it_is_called():
    done = subprocess.run(
        [sys.executable, "-c", PLAIN], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    # where another distribution of it is installed, and hidden here, that one is to be reinstalled
    assert done.stdout.startswith("training needs tensorflow, which is not installed. ")
    assert ": pip install " in done.stdout


def test_settings_are_read_without_numpy(tmp_path):
    (tmp_path / "catsclean.toml").write_text('layout = "flat"\n')
    code = (
        "import sys; from catsclean.cli.config import load_config; load_config('catsclean.toml');"
    )
    code += "print('numpy' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"

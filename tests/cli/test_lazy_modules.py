import subprocess
import sys
import threading
from importlib import import_module
from types import ModuleType

import pytest

from catsclean.cli import lazy_modules
from catsclean.cli.lazy_modules import lazy_imports


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of two modules; each notes in `loaded` that it was loaded."""
    loaded = []
    monkeypatch.setattr(sys, "loaded", loaded, raising=False)
    folder = tmp_path / "sleepers"
    folder.mkdir()
    note = "import sys\nsys.loaded.append(__name__)\n"
    (folder / "__init__.py").write_text(note)
    (folder / "one.py").write_text(f"{note}'''Docs.'''\nfrom sleepers import two\nvalue = 1\n")
    (folder / "two.py").write_text(f"{note}value = 2\n")
    (folder / "broken.py").write_text(f"{note}raise OSError('broken')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(lazy_modules, "_LAZY", {"sleepers"})
    yield loaded
    for name in [name for name in sys.modules if name.partition(".")[0] == "sleepers"]:
        del sys.modules[name]


def test_a_module_loads_when_it_is_first_used(package):
    with lazy_imports():
        one = import_module("sleepers.one")
    assert package == ["sleepers"]
    assert one.value == 1
    assert package == ["sleepers", "sleepers.one", "sleepers.two"]
    assert type(one) is ModuleType


def test_a_module_that_is_imported_twice_still_waits(package):
    with lazy_imports():
        import_module("sleepers.two")
        import_module("sleepers.two")
    assert package == ["sleepers"]


def test_outside_of_the_block_modules_load_at_once(package):
    with lazy_imports():
        pass
    import_module("sleepers.two")
    assert package == ["sleepers", "sleepers.two"]


def test_a_name_that_a_module_lacks_is_an_attribute_error(package):
    with lazy_imports():
        two = import_module("sleepers.two")
    with pytest.raises(AttributeError, match="nothing"):
        _ = two.nothing


def test_an_error_of_a_module_is_raised_where_it_is_used(package):
    with lazy_imports():
        broken = import_module("sleepers.broken")
    with pytest.raises(OSError, match="broken"):
        _ = broken.value


def test_threads_load_a_module_once(package):
    with lazy_imports():
        two = import_module("sleepers.two")
    values = []
    threads = [threading.Thread(target=lambda: values.append(two.value)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert values == [2] * 8
    assert package == ["sleepers", "sleepers.two"]


def test_public_functions_are_found_after_every_command_was_loaded_late():
    code = (
        "import catsclean\n"
        "from catsclean.cli.commands import Commands, command_names\n"
        "for name in command_names():\n"
        "    command = Commands(name='catsclean').get_command(None, name)\n"
        "    command.make_context(name, [], resilient_parsing=True)\n"
        "assert all(map(callable, [catsclean.review, catsclean.split, catsclean.download]))\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

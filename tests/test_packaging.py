"""What is handed out: an sdist that the wheel can be built from, and a wheel that works alone."""

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from importlib.machinery import PathFinder
from pathlib import Path

import pytest

import catsclean

SOURCE = Path(__file__).parents[1]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (PathFinder.find_spec("hatchling") and PathFinder.find_spec("pip")),
        reason="needs hatchling and pip",
    ),
]


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    return build("sdist", SOURCE, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def unpacked(sdist, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    return folder / f"catsclean-{catsclean.__version__}"


@pytest.fixture(scope="module")
def wheel(unpacked, tmp_path_factory):
    return build("wheel", unpacked, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The interpreter of a new environment that has the wheel; what it needs lies further on."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder)
    binaries = folder / ("Scripts" if os.name == "nt" else "bin")
    python = binaries / ("python.exe" if os.name == "nt" else "python")
    pip = [sys.executable, "-m", "pip", "--python", os.fspath(python), "install", "--quiet"]
    call([*pip, "--no-index", "--no-deps", "--disable-pip-version-check", os.fspath(wheel)], folder)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    # a plain path: what is installed there to be edited is no part of it
    (site / "needed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return binaries


def build(kind, source, folder):
    call([sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", os.fspath(folder)], source)
    (built,) = folder.iterdir()
    return built


def call(command, folder):
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [os.fspath(part) for part in command],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def sources(folder):
    found = (path.relative_to(SOURCE) for path in (SOURCE / folder).rglob("*") if path.is_file())
    return {path.as_posix() for path in found if "__pycache__" not in path.parts}


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    about = {
        name for name in names if name.startswith(f"catsclean-{catsclean.__version__}.dist-info/")
    }
    assert names - about == sources("catsclean")
    assert {name.partition("/")[2] for name in about} == {
        "METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE",
    }  # fmt: skip


def test_the_sdist_holds_what_the_tests_need(unpacked):
    names = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*")}
    wanted = sources("catsclean") | sources("docs") | {"pyproject.toml", "README.md", "LICENSE"}
    wanted |= sources("website") | {"mkdocs.yml"}
    wanted |= {name for name in sources("tests") if name.endswith((".py", ".csv", ".dict"))}
    wanted |= {"CHANGELOG.md", "SECURITY.md", "dev.py", "action.yml", ".pre-commit-hooks.yaml"}
    assert wanted <= names
    assert not [name for name in names if name.startswith((".venv", "demo", "dist"))]


def test_the_wheel_works_where_the_source_is_not(installed, tmp_path):
    where = [installed / "python", "-c", "import catsclean; print(catsclean.__file__)"]
    assert Path(call(where, tmp_path).strip()).is_relative_to(installed.parent)
    command = installed / "catsclean"
    assert call([command, "--version"], tmp_path) == f"catsclean {catsclean.__version__}\n"
    call([command, "practice", "PetImages", "--count", "8"], tmp_path)
    found = call([command, "audit", "PetImages", "--exit-zero"], tmp_path)
    assert ": zero-length: 0 bytes" in found
    call([command, "report", "PetImages"], tmp_path)
    assert (tmp_path / "PetImages.catsclean" / "report.html").stat().st_size > 10_000

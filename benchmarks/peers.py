"""Other people's tools, each in an environment of its own that is made when it is asked for.

Nothing is installed into the system or into the environment that runs this: packages from PyPI get
a virtual environment each, Debian's packages are unpacked into a folder.  A tool that cannot be
had is no error: :attr:`Peer.missing` says why.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
SCRIPTS = Path(__file__).parent / "peer_scripts"
_INSTALL_S = 600


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to install for a peer.

    Attributes:
        packages: From PyPI, with their dependencies.
        bare: From PyPI, without.
        debian: Debian packages: those of the programs, and of the libraries that they want.
        program: One of its programs, for Debian's.
    """

    packages: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    debian: tuple[str, ...] = ()
    program: str = ""


WANTED = {
    "jpeginfo": Wanted(debian=("jpeginfo", "libjpeg62-turbo"), program="jpeginfo"),
    "djpeg": Wanted(
        debian=("libjpeg-turbo-progs", "libjpeg62-turbo", "libturbojpeg0"), program="djpeg"
    ),
    "czkawka": Wanted(packages=("czkawka",)),
    "vision-data-doctor": Wanted(packages=("vision-data-doctor",)),
    "cleanvision": Wanted(packages=("cleanvision",)),
    # its hashes and searches want neither torch nor torchvision, which are several GB
    "imagededup": Wanted(
        bare=("imagededup",),
        packages=("numpy", "pillow", "tqdm", "scipy", "scikit-learn", "PyWavelets", "matplotlib"),
    ),
    # benchmarks/duplicate_search.py asks both searches, and wants Pillow and SciPy for ours
    "faiss-cpu": Wanted(packages=("faiss-cpu", "pillow", "scipy")),
    "fastdup": Wanted(packages=("fastdup",)),
}
# fastdup reports home unless told otherwise; threads that wait in a loop would count as work
QUIET = {
    "SENTRY_OPT_OUT": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MPLBACKEND": "agg",
    "PYTHONPATH": str(REPOSITORY),
}


@dataclass(frozen=True, slots=True)
class Peer:
    """A tool and where it is.

    Attributes:
        name: Its name.
        program: Path of its interpreter, or of the program itself.
        version: Its version.
        missing: Why it is not there, in one line; empty where it is.
        env: Variables that it wants.
    """

    name: str
    program: str = ""
    version: str = ""
    missing: str = ""
    env: tuple[tuple[str, str], ...] = ()

    def script(self, name: str, *arguments: str) -> list[str]:
        """Give the command that runs one of ``peer_scripts/`` in its environment."""
        return [self.program, str(SCRIPTS / f"{name}.py"), *arguments]

    @property
    def variables(self) -> dict[str, str]:
        """Variables of its process."""
        return {**QUIET, **dict(self.env)}


def not_asked(name: str) -> Peer:
    """Give a peer for a run without --peers."""
    return Peer(name, missing="not asked for (--peers)")


def prepare(names: list[str], folder: Path) -> dict[str, Peer]:
    """Make what is missing of the peers' environments in a folder; takes some minutes."""
    folder.mkdir(parents=True, exist_ok=True)
    peers = {}
    for name in names:
        wanted = WANTED[name]
        try:
            make = _from_debian if wanted.debian else _from_pypi
            peers[name] = make(name, wanted, folder.resolve() / name)
        except (OSError, subprocess.SubprocessError) as error:
            peers[name] = Peer(name, missing=f"does not install: {_reason(error)}")
    return peers


def _from_pypi(name: str, wanted: Wanted, place: Path) -> Peer:
    python = place / "bin" / "python"
    done = place / "complete"
    if not done.exists():
        venv.create(place, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        if wanted.bare:
            _call([*pip, "--no-deps", *wanted.bare])
        _call([*pip, *wanted.packages])
        done.touch()
    asked = "import sys; from importlib.metadata import version; print(version(sys.argv[1]))"
    return Peer(name, str(python), _call([str(python), "-c", asked, name]).strip())


def _from_debian(name: str, wanted: Wanted, place: Path) -> Peer:
    found = shutil.which(wanted.program)
    if found:
        return Peer(name, found, _debian_version(wanted.debian[0]))
    root = place / "root"
    if not (place / "complete").exists():
        place.mkdir(exist_ok=True)
        _call(["apt-get", "download", *wanted.debian], cwd=place)
        for package in place.glob("*.deb"):
            _call(["dpkg", "-x", str(package), str(root)])
        (place / "complete").touch()
    program = root / "usr" / "bin" / wanted.program
    libraries = sorted({str(p.parent) for p in root.rglob("*.so*")})
    package = next(place.glob(f"{wanted.debian[0]}_*.deb"))
    version = _call(["dpkg-deb", "--field", str(package), "Version"]).strip()
    return Peer(name, str(program), version, env=(("LD_LIBRARY_PATH", ":".join(libraries)),))


def _debian_version(package: str) -> str:
    try:
        return _call(["dpkg-query", "-W", "-f", "${Version}", package]).strip()
    except (OSError, subprocess.SubprocessError):
        return "the system's"


def _call(command: list[str], cwd: Path | None = None) -> str:
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    return subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, check=True, timeout=_INSTALL_S
    ).stdout


def _reason(error: Exception) -> str:
    text = getattr(error, "stderr", "") or str(error)
    lines = [line.strip() for line in str(text).splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith(("error", "e:"))]
    return (errors or lines or [type(error).__name__])[-1][:160]


if __name__ == "__main__":
    for each in prepare(list(WANTED), Path(sys.argv[1])).values():
        print(json.dumps({"name": each.name, "version": each.version, "missing": each.missing}))

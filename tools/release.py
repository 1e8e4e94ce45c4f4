"""Build a release and check it; nothing is published and no tag is made.

``python3 dev.py release`` runs it, after lint and all tests (``--tested`` leaves these out).  The
folder ``dist`` then holds wheel and sdist, an SBOM (CycloneDX), the notes and the digests of all.

1. The working tree is clean, and the first section of CHANGELOG.md is that of the version, with a
   date.
2. Wheel and sdist are built twice, the wheel from the sdist, with the time of the last commit; both
   times have to give the same bytes.
3. twine checks them, and a new environment installs the wheel and tries its commands.
4. cyclonedx-py lists what that environment holds.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DIST = ROOT / "dist"
NOTES = "release-notes.md"
_VERSION = re.compile(r'^__version__ = "(\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?)"$', re.MULTILINE)
_SECTION = re.compile(r"^## \[(?P<name>[^\]]+)\](?: - (?P<date>\S+))?$", re.MULTILINE)


class ReleaseError(Exception):
    """A release cannot be made of this tree; the text says what to change."""


def main() -> int:
    """Make the release; return the exit code."""
    try:
        version = read_version(ROOT)
        check_tree(ROOT)
        notes = read_notes((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), version)
        with tempfile.TemporaryDirectory(prefix="catsclean-release-") as folder:
            make(Path(folder), version)
        (DIST / NOTES).write_text(f"{notes}\n\n{how_to_install(version)}\n", encoding="utf-8")
        write_digests(DIST)
    except ReleaseError as error:
        print(f"release: {error}")
        return 1
    print(f"dist/ holds catsclean {version}. Nothing was published. To publish it:")
    print(f"  git tag -s v{version} && git push origin v{version}")
    return 0


def make(folder: Path, version: str) -> None:
    """Build in a folder, fill ``dist``, and check what is there.

    Raises:
        ReleaseError: A step fails.
    """
    built = build_twice(ROOT, folder, commit_time(ROOT))
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir()
    files = [Path(shutil.copy2(path, DIST)) for path in built]
    call([sys.executable, "-m", "twine", "check", "--strict", *files], ROOT)
    (wheel,) = (path for path in files if path.suffix == ".whl")
    programs = install(wheel, folder)
    try_commands(programs, folder, version)
    write_sbom(programs, version)


def read_version(root: Path) -> str:
    """Return the version of the package.

    Raises:
        ReleaseError: It is no version of a release.
    """
    text = (root / "catsclean/core/version.py").read_text(encoding="utf-8")
    if (found := _VERSION.search(text)) is None:
        raise ReleaseError("catsclean/core/version.py has no version such as 1.2.3 or 1.2.3rc1.")
    for name in ("CITATION.cff", "recipe/recipe.yaml"):
        other = (root / name).read_text(encoding="utf-8")
        said = re.search(r"^ *version: (\d\S*)$", other, re.MULTILINE)
        if said is None or said[1] != found[1]:
            raise ReleaseError(
                f"{name} says version {said[1] if said else None}, and"
                f" catsclean/core/version.py {found[1]}. Make them the same."
            )
    return found[1]


def check_tree(root: Path) -> None:
    """Refuse a tree that is not what its last commit says.

    Raises:
        ReleaseError: Something is changed or new.
    """
    if changed := call(["git", "status", "--porcelain"], root).strip():
        raise ReleaseError(f"the working tree is not clean. Commit or remove:\n{changed}")


def read_notes(changelog: str, version: str) -> str:
    """Return what the changelog says about a version, without its heading.

    Raises:
        ReleaseError: The first section is not that of the version, or has no date or no text; or
            something is still listed as unreleased.
    """
    found = list(_SECTION.finditer(changelog))
    ends = [one.start() for one in found[1:]] + [len(changelog)]
    texts = {
        one["name"]: (one["date"], changelog[one.end() : end].strip())
        for one, end in zip(found, ends, strict=True)
    }
    _, unreleased = texts.pop("Unreleased", (None, ""))
    if unreleased:
        raise ReleaseError(
            "CHANGELOG.md lists changes as unreleased. Move them below"
            f" '## [{version}] - YYYY-MM-DD'."
        )
    first = next(iter(texts), None)
    if first != version:
        raise ReleaseError(
            f"the first version in CHANGELOG.md is {first}, and the package's is {version}."
            f" Add a section '## [{version}] - YYYY-MM-DD'."
        )
    date, text = texts[version]
    try:
        dt.date.fromisoformat(date or "")
    except ValueError:
        raise ReleaseError(
            f"the section of {version} in CHANGELOG.md has no date such as 2026-12-31."
            f" Received: {date}."
        ) from None
    if not text:
        raise ReleaseError(f"the section of {version} in CHANGELOG.md is empty.")
    return text


def commit_time(root: Path) -> str:
    """Return the time of the last commit, seconds since 1970, for the files in the archives."""
    return call(["git", "log", "-1", "--format=%ct"], root).strip()


def build_twice(root: Path, folder: Path, epoch: str) -> list[Path]:
    """Build sdist and wheel two times and compare them; return the paths of one pair.

    Args:
        root: The source.
        folder: Where they are built.
        epoch: For ``SOURCE_DATE_EPOCH``.

    Raises:
        ReleaseError: A build fails, or the bytes differ.
    """
    first, second = (build(root, folder / name, epoch) for name in ("first", "second"))
    for one, other in zip(first, second, strict=True):
        if one.name != other.name or digest(one) != digest(other):
            raise ReleaseError(f"two builds of {one.name} differ.")
    return first


def build(root: Path, folder: Path, epoch: str) -> list[Path]:
    """Build an sdist, and a wheel from what is in it.

    Raises:
        ReleaseError: A build fails.
    """
    environment = {"SOURCE_DATE_EPOCH": epoch}
    command: list[str | Path] = [sys.executable, "-m", "hatchling", "build", "-d", folder / "dist"]
    call([*command, "-t", "sdist"], root, environment)
    (sdist,) = (folder / "dist").iterdir()
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "source", filter="data")
    (unpacked,) = (folder / "source").iterdir()
    call([*command, "-t", "wheel"], unpacked, environment)
    return sorted((folder / "dist").iterdir())


def install(wheel: Path, folder: Path) -> Path:
    """Install a wheel with what it needs into a new environment; return its folder of programs.

    Raises:
        ReleaseError: It cannot be installed.
    """
    venv.create(folder / "environment", with_pip=True)
    programs = folder / "environment" / ("Scripts" if os.name == "nt" else "bin")
    call([programs / "python", "-m", "pip", "install", "--quiet", wheel], folder)
    call([programs / "python", "-m", "pip", "check"], folder)
    return programs


def try_commands(programs: Path, folder: Path, version: str) -> None:
    """Try what a newcomer would.

    Raises:
        ReleaseError: A command fails.
    """
    said = call([programs / "catsclean", "--version"], folder)
    if said.split() != ["catsclean", version]:
        raise ReleaseError(f"the installed program says it is {said.strip()!r}, not {version}.")
    for line in (
        "practice PetImages --count 24", "audit PetImages --exit-zero --ignore special-file",
        "report PetImages", "clean PetImages --apply", "undo PetImages", "config schema audit",
    ):  # fmt: skip
        call([programs / "catsclean", *line.split()], folder, allowed=(0, 3))


def write_sbom(programs: Path, version: str) -> None:
    """List the packages of an environment as CycloneDX JSON.

    Raises:
        ReleaseError: They cannot be listed.
    """
    target = DIST / f"catsclean-{version}.cdx.json"
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "cyclonedx_py",
        "environment",
        "--output-reproducible",
    ]
    about: list[str | Path] = ["--pyproject", ROOT / "pyproject.toml", "--of", "JSON", "-o", target]
    call([*command, *about, programs / "python"], ROOT)


def how_to_install(version: str) -> str:
    """Return what the notes say about installing a version."""
    return f"```console\n$ pip install catsclean=={version}\n```"


def write_digests(folder: Path) -> None:
    """Write ``SHA256SUMS`` beside the files."""
    lines = [f"{digest(path)}  {path.name}\n" for path in sorted(folder.iterdir())]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def call(
    command: Iterable[str | Path],
    folder: Path,
    environment: dict[str, str] | None = None,
    allowed: tuple[int, ...] = (0,),
) -> str:
    """Run a program and return its output.

    Raises:
        ReleaseError: It ends with another code than those allowed.
    """
    words = [os.fspath(word) for word in command]
    clean = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        words, cwd=folder, env={**clean, **(environment or {})},
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    if done.returncode not in allowed:
        said = f"{done.stdout}{done.stderr}"
        raise ReleaseError(f"{' '.join(words)} ended with {done.returncode}:\n{said}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())

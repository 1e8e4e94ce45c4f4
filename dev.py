"""Sets up a virtual environment and runs one job in it: ``python3 dev.py JOB``.

demo    installs catsclean, makes a practice data set in demo/PetImages and audits it
test    installs catsclean with everything that the tests want, and runs them
lint    the same environment; formatting, lint and types
docs    builds the documentation into site/, where a warning is an error; ``--serve`` shows it at
        http://127.0.0.1:8000 and builds it again after each change
lowest  the tests with the lowest version of every dependency that pyproject.toml allows, in
        .venv-lowest; with the oldest Python, for the newer ones have no wheels of them
release lint and test (not with ``--tested``), then builds and checks a release in dist/; publishes
        nothing (tools/release.py)
trust   measures how far the promises can be trusted, and writes docs/trust.md (benchmarks/trust)
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE / ".venv"
LOWEST = HERE / ".venv-lowest"
RELEASE = HERE / ".venv-release"
MINIMUM = (3, 11)
# there is no TensorFlow for newer ones yet; the tests of training skip there, and say so
EXTRAS = (
    "[content,notebook,review,train-cpu]"
    if sys.version_info < (3, 14)
    else "[content,notebook,review]"
)


def main(arguments: list[str]) -> int:
    """Run one job; gives its exit code."""
    if sys.version_info < MINIMUM:
        print(
            f"catsclean needs Python {'.'.join(map(str, MINIMUM))} or newer;"
            f" this is {sys.version.split()[0]}."
        )
        return 2
    job, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if job in {"demo", "trust"}:
        return demo() if job == "demo" else trust(rest)
    if job == "test":
        install("-e", f".{EXTRAS}", "--group", "dev", "--group", "docs")
        # the tests start some 200 programs; where Python is told to write no bytecode, each of them
        # would compile the package
        return run("python", "-m", "compileall", "-q", "catsclean") or run("pytest", *rest)
    if job == "lowest":
        return lowest(rest)
    if job == "lint":
        install("-e", f".{EXTRAS}", "--group", "dev")
        return run("ruff", "format", "--check") or run("ruff", "check") or run("mypy")
    if job == "docs":
        return docs(rest)
    if job == "release":
        return release(rest)
    print(__doc__)
    return 2


def trust(arguments: list[str]) -> int:
    """Measure how far the promises can be trusted."""
    install("-e", f".{EXTRAS}", "--group", "dev", "--group", "trust")
    return run("python", "-m", "benchmarks.trust", *arguments)


def docs(arguments: list[str]) -> int:
    """Build the documentation, or serve it while it is written."""
    install("-e", ".[content]", "--group", "docs")
    os.environ["NO_MKDOCS_2_WARNING"] = "1"  # the theme's news
    serve = "--serve" in arguments
    return run("python", "-m", "mkdocs", *(["serve"] if serve else ["build", "--strict"]))


def demo() -> int:
    """Make a practice data set and audit it; its findings are planted, so code 1 is a success."""
    install(".[content,review]")
    target = HERE / "demo" / "PetImages"
    if not target.exists():
        code = run("catsclean", "practice", str(target.relative_to(HERE)))
        if code:
            return code
    # as on a terminal: in a pipe, its hundreds of lines would hide how it ends
    code = run("catsclean", "audit", str(target.relative_to(HERE)), "--format", "table")
    return 0 if code == 1 else code or 1


def lowest(arguments: list[str]) -> int:
    """Run the tests with the lowest allowed version of every dependency."""
    if sys.version_info[:2] != MINIMUM:
        wanted = ".".join(map(str, MINIMUM))
        print(f"the lowest versions want Python {wanted}. Try: python{wanted} dev.py lowest")
        return 2
    import tomllib

    project = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))
    LOWEST.mkdir(exist_ok=True)
    pins = LOWEST / "constraints.txt"
    pins.write_text("".join(f"{pin}\n" for pin in lowest_versions(project)), encoding="utf-8")
    what = ["-e", f".{EXTRAS}", "--group", "test"]
    install(*what, "--constraint", str(pins), environment=LOWEST)
    return run("pytest", *arguments, environment=LOWEST)


def release(arguments: list[str]) -> int:
    """Build a release and check it, after lint and tests unless they were run before."""
    if "--tested" not in arguments and (code := main(["lint"]) or main(["test"])):
        return code
    # in an environment of its own, so that its tools change nothing that the tests use
    install("--group", "release", environment=RELEASE)
    return run("python", "tools/release.py", environment=RELEASE)


def lowest_versions(project: dict[str, Any]) -> list[str]:
    """Pin everything that pyproject.toml asks for, extras and groups too, to its lower bound.

    Raises:
        ValueError: A requirement has no lower bound.
    """
    pins: set[str] = set()
    for requirement in requirements(project):
        found = re.match(r"([\w.-]+)(?:\[[^]]*\])?>=([\d.]+)", requirement)
        if found is None:
            raise ValueError(f"a requirement without a lower bound. Received: {requirement!r}")
        pins.add(f"{found[1]}=={found[2]}")
    return sorted(pins)


def requirements(project: dict[str, Any]) -> Iterator[str]:
    """Give every requirement of a pyproject.toml, as it stands there."""
    yield from project["build-system"]["requires"]
    yield from project["project"]["dependencies"]
    for extra in project["project"]["optional-dependencies"].values():
        yield from extra
    for group in project["dependency-groups"].values():
        yield from (entry for entry in group if isinstance(entry, str))


def install(*what: str, environment: Path = ENVIRONMENT) -> None:
    """Install into the environment, made where it is missing; ends the process on failure."""
    if not python(environment).exists():
        venv.create(environment, with_pip=True)
    pip = [str(python(environment)), "-m", "pip", "install"]
    pip += ["--quiet", "--disable-pip-version-check"]
    # dependency groups came with pip 25.1
    for step in (["--upgrade", "pip>=25.1"], list(what)):
        code = subprocess.run([*pip, *step], cwd=HERE, check=False).returncode
        if code:
            sys.exit(code)


def run(program: str, *arguments: str, environment: Path = ENVIRONMENT) -> int:
    """Run a program of the environment; gives its exit code."""
    return subprocess.run(
        [str(python(environment).parent / program), *arguments], cwd=HERE, check=False
    ).returncode


def python(environment: Path) -> Path:
    """Path of the environment's interpreter."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""A validator of another distribution: installed, listed, explained, configured and run."""

import os
import shutil
import subprocess
import sys
import tomllib
from importlib.machinery import PathFinder
from pathlib import Path

import pictures
import pytest
from PIL import Image

EXAMPLE = Path(__file__).parents[1] / "examples" / "catsclean-stock-photo"
NAME = "stock-photo"


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """Environment variables under which Python finds the installed example."""
    site = tmp_path_factory.mktemp("site")
    source = shutil.copytree(EXAMPLE, tmp_path_factory.mktemp("source") / "example")
    if PathFinder.find_spec("pip") and PathFinder.find_spec("hatchling"):
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
        flags = ["--no-build-isolation", "--disable-pip-version-check", "--target", str(site)]
        subprocess.run([*pip, *flags, str(source)], check=True, capture_output=True)
    else:
        install_by_hand(source, site)
    root = Path(__file__).parents[1]
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), str(root)]), "COLUMNS": "80"}


COPIES = """
from catsclean import Fix, Severity, Validator
from catsclean.validators.base import CopyKind


class SameSize(Validator):
    \"\"\"Finds pictures of one class with the same size: all of them, none of which it spares.\"\"\"

    name = "same-size"
    family = "duplicates"
    fix = Fix.SAFE
    copies = CopyKind.ALTERED

    def judge(self, evidence):
        sizes = evidence.pictures().groupby(["label", "width_px", "height_px"])["path"]
        for paths in sizes.agg(list):
            for path in paths if len(paths) > 1 else ():
                others = [other for other in paths if other != path]
                yield self.finding(path, f"as large as {others[0]}", related=others)


class Torn(Validator):
    \"\"\"Finds files that another program still writes.\"\"\"

    name = "torn"
    family = "file"
    severity = Severity.NOTE
    not_examined = True
    makes_incomplete = True

    def judge(self, evidence):
        rows = evidence.rows
        torn = [path for path in rows["path"] if path.endswith(".part.jpg")]
        return [self.finding(path, "still being written") for path in torn]
"""


@pytest.fixture(scope="module")
def with_copies(tmp_path_factory):
    """Environment variables under which Python finds a package with a duplicate validator."""
    site, source = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("source")
    (source / "same_size").mkdir()
    (source / "same_size/__init__.py").write_text(COPIES)
    (source / "pyproject.toml").write_text(
        '[project]\nname = "same-size"\nversion = "1"\n'
        '[project.entry-points."catsclean.validators"]\n'
        'same-size = "same_size:SameSize"\ntorn = "same_size:Torn"\n'
    )
    install_by_hand(source, site)
    root = Path(__file__).parents[1]
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), str(root)]), "COLUMNS": "200"}


def install_by_hand(source, site):
    """Put the package and its entry points where an installer would."""
    project = tomllib.loads((source / "pyproject.toml").read_text())["project"]
    package = project["name"].replace("-", "_")
    shutil.copytree(source / package, site / package)
    info = site / f"{package}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    (info / "RECORD").touch()
    lines = []
    for group, entries in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in entries.items())]
    (info / "entry_points.txt").write_text("\n".join(lines))


@pytest.fixture
def pets(tmp_path):
    root = pictures.make_dataset(tmp_path / "Pets", {"Cat": 3, "Dog": 3})
    exif = Image.Exif()
    exif[0x8298] = "(c) 2019 Getty Images"
    (root / "Cat/agency.jpg").write_bytes(pictures.jpeg(50, exif=exif))
    return root


def catsclean(environment, *arguments, cwd=None):
    command = [sys.executable, "-m", "catsclean", *map(str, arguments)]
    return subprocess.run(
        command, env=environment, cwd=cwd, capture_output=True, text=True, check=False
    )


def test_it_is_listed_and_explained(environment):
    listed = catsclean(environment, "explain", "--all")
    assert any(line.startswith(f"{NAME}\tmetadata\t") for line in listed.stdout.splitlines())
    page = catsclean(environment, "explain", NAME)
    assert page.returncode == 0
    assert "names a picture agency" in page.stdout
    assert "`agencies`" in page.stdout


def test_its_evidence_is_gathered_by_workers_and_judged(environment, pets):
    done = catsclean(environment, "audit", pets, "--select", NAME, "--fail-on", "warning")
    assert done.stdout.splitlines() == [
        "Cat/agency.jpg: stock-photo: the copyright notice names an agency: '(c) 2019 Getty Images'"
    ]
    assert done.returncode == 1


def test_its_options_come_from_the_settings_file(environment, pets, tmp_path):
    settings = tmp_path / "catsclean.toml"
    settings.write_text(f'[validators.{NAME}]\nagencies = ["dpa"]\n')
    done = catsclean(environment, "audit", pets, "--select", NAME, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_tests_of_the_example_pass(environment, tmp_path):
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        tmp_path,
    ]
    done = subprocess.run(
        [*command, str(EXAMPLE / "tests")],
        env=environment,
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


def test_without_it_nothing_knows_the_name():
    done = catsclean(os.environ, "explain", NAME, cwd=Path(__file__).parents[1])
    assert done.returncode == 2


@pytest.fixture
def alike(tmp_path, with_copies):
    """Three cats of one size and three dogs of others, audited."""
    root = pictures.make_dataset(tmp_path / "Pets", {"Cat": 3, "Dog": 1})
    for number in (1, 2):
        data = pictures.jpeg(60 + number, (170 + 10 * number, 120))
        (root / f"Dog/{number}.part.jpg").write_bytes(data)
    audit = catsclean(with_copies, "audit", root, "--select", "same-size,torn")
    return root, audit


def test_of_the_copies_that_a_foreign_validator_finds_one_stays(with_copies, alike):
    root, _ = alike
    done = catsclean(with_copies, "clean", root, "--apply")
    assert "the last copy of its picture" in done.stdout + done.stderr
    assert len(list(root.glob("Cat/*.jpg"))) == 1
    assert len(list(root.glob("Dog/*.jpg"))) == 3


def test_one_of_these_copies_stays_even_if_the_validator_is_not_installed_any_more(alike):
    root, _ = alike
    done = catsclean(os.environ, "clean", root, "--apply", cwd=Path(__file__).parents[1])
    assert "the last copy of its picture" in done.stdout + done.stderr
    assert len(list(root.glob("Cat/*.jpg"))) == 1


def test_the_copies_that_a_foreign_validator_finds_stand_side_by_side(with_copies, alike):
    root, _ = alike
    page = catsclean(with_copies, "report", root, "--output", "-").stdout
    part = page.partition('id="copies"')[2].partition("</section>")[0]
    assert "Nearly the same picture" in part
    assert all(f"Cat/{number}.jpg" in part for number in range(3))


def test_what_a_foreign_validator_did_not_examine_is_listed_and_makes_an_audit_incomplete(
    with_copies, alike
):
    root, audit = alike
    assert audit.returncode == 3
    page = catsclean(with_copies, "report", root, "--output", "-").stdout
    assert page.count("<td>torn</td><td>still being written</td>") == 2

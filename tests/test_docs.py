"""Every fenced command of README and docs runs, in order, on practice data.

A block that needs a network, a GPU or a long training has a comment above it, which says so:
``<!-- not run: why -->``.  ``<!-- before: commands -->`` makes what a block takes for granted.
``<!-- theirs: NAME VERSION -->`` marks a call of another tool, which was run once, with that version.
"""

import os
import re
import shutil
import subprocess
import sys
import textwrap
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
from forked_program import forking

from catsclean.cli.config import load_config
from catsclean.testing.practice import make_practice

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "examples").glob("*/README.md")),
]  # fmt: skip
# whose only block tests/website runs, and looks what it did
TESTED_ELSEWHERE = {"python.md"}
COMMANDS = {"console", "bash", "sh", ""}
# so many may stay unrun; a new block runs, unless there is a reason for one more
MOST_NOT_RUN = 27
# characters of a code block beside both columns of the site, at 1280 pixels
MOST_SHOWN = 80
FINDINGS = re.compile(r"catsclean (audit|check)\b")
MARK = re.compile(r"<!-- (not run|before|theirs): (.*?) -->")
# options that make a long command a short one
SHORTER = {
    "catsclean practice ": "--count 24",
    "catsclean train-baseline ": "--epochs 1 --size 64",
}
# where a network looks at the pictures; for other pages a settings file says that none does
WITH_CONTENT = {"README", "content", "getting-started"}
PLAIN = '#!/bin/sh\nexec "{python}" {module} "$@"\n'
RUN_NAME = re.compile(r"\b\d{8}-\d{6}\b")
pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")


@dataclass
class Block:
    """A fenced block of a page."""

    line: int
    language: str
    text: str
    not_run: str
    before: str
    theirs: str

    def commands(self):
        """Its commands, without comments and without what they print."""
        if self.language == "python":
            return []
        lines = self.text.replace("\\\n", " ").splitlines()
        if self.language == "console":
            lines = [line[2:] for line in lines if line.startswith("$ ")]
        elif not self.language:  # words that say what a command is for stand apart
            lines = [
                re.split(r"\s{3,}", line)[0] for line in lines if line.startswith("catsclean ")
            ]
        return [line for line in lines if line.strip()]


def blocks(page):
    found, open_at, marks, language, body = [], None, {}, "", []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fence = re.match(r"\s*```(\S*)", line)
        if open_at is None and fence:
            open_at, language, body = number, fence[1], []
        elif fence:
            text = textwrap.dedent("\n".join(body)) + "\n"
            said = (marks.get(name, "") for name in ("not run", "before", "theirs"))
            found.append(Block(open_at, language, text, *said))
            open_at, marks = None, {}
        elif open_at is not None:
            body.append(line)
        elif line.strip():
            marks = dict(MARK.findall(line))
    assert open_at is None, f"{page.name}: the block of line {open_at} does not end"
    return found


@pytest.fixture(scope="module")
def practice(tmp_path_factory):
    return make_practice(tmp_path_factory.mktemp("one") / "PetImages", count=24, seed=5).root


@pytest.fixture(scope="module")
def program(practice):
    """The text of a `catsclean` that starts at once; elsewhere than on Linux, of a plain one."""
    if sys.platform != "linux":
        yield PLAIN.format(python=sys.executable, module="-m catsclean")
        return
    with forking((practice.parent, "audit", "PetImages", "--quiet", "--no-content")) as text:
        yield text


@pytest.fixture
def folder(tmp_path, practice, program):
    """A folder with a practice data set, and a `catsclean` that is this one."""
    here = tmp_path / "here"
    copy = here / "PetImages"
    for place, _, names in os.walk(practice):
        target = copy / Path(place).relative_to(practice)
        target.mkdir(parents=True)
        for name in names:
            path = Path(place, name)
            # a pipe cannot be copied; a file that cannot be read makes every audit incomplete
            if path.is_file() and not path.is_symlink() and os.access(path, os.R_OK):
                shutil.copy2(path, target / name)
    programs = here / "bin"
    programs.mkdir()
    for name, text in (
        ("catsclean", program),
        ("python", PLAIN.format(python=sys.executable, module="")),
        ("pytest", PLAIN.format(python=sys.executable, module="-m pytest")),
    ):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    return here


def test_a_window_of_1280_pixels_shows_the_comments_of_commands_whole():
    cut = [
        f"{page.name}: {line}"
        for page in sorted((ROOT / "docs").rglob("*.md"))
        for block in blocks(page)
        for line in block.text.splitlines()
        if len(line) > MOST_SHOWN and re.search(r"\S  +#", line)
    ]
    assert cut == []


def execute(command, folder):
    environment = {
        **os.environ, "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT), "BROWSER": "true", "COLUMNS": "100",
    }  # fmt: skip
    return subprocess.run(
        ["bash", "-euc", command], cwd=folder, env=environment, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip


def shortened(command):
    """Draw fewer pictures and train for less time: that takes minutes and shows nothing else."""
    for start, options in SHORTER.items():
        if command.startswith(start):
            return f"{command.partition(' #')[0].rstrip()} {options}"
    return command


def with_names(command, folder):
    """Put the newest run in the place of one that a page shows."""
    runs = sorted((folder / "PetImages.catsclean" / "quarantine").glob("*"))
    names = [run.name for run in runs if (run / "journal.json").exists()]
    return RUN_NAME.sub(names[-1], command) if names else command


def complaint(command, folder):
    done = execute(command, folder)
    allowed = {0, 1, 3} if FINDINGS.search(command) else {0}
    if done.returncode in allowed and "Traceback" not in done.stderr:
        return ""
    return f"$ {command}\n-> {done.returncode}\n{done.stdout[-1500:]}{done.stderr[-1500:]}"


@pytest.mark.slow
@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page.name not in TESTED_ELSEWHERE],
    ids=lambda page: page.stem,
)
def test_the_commands_of_a_page_run_in_order(page, folder):
    complaints = []
    if page.stem not in WITH_CONTENT:
        (folder.parent / "catsclean.toml").write_text("content = false")
    for block in blocks(page):
        if block.not_run or block.theirs:
            continue
        if block.before:
            execute(f"set +e; {block.before}", folder)
        commands = block.commands() if block.language in COMMANDS else []
        if block.language == "python":
            (folder / "block.py").write_text(f"import catsclean\n{block.text}", encoding="utf-8")
            commands = ["python block.py"]
        for command in commands:
            # each line of a list, and each block, writes its own split
            writes = command == "python block.py" and ".write(" in block.text
            if writes or command.startswith("catsclean split "):
                shutil.rmtree(folder / "PetImages-split", ignore_errors=True)
            if said := complaint(with_names(shortened(command), folder), folder):
                complaints.append(f"{page.name}, line {block.line}: {said}")
    assert not complaints, "\n".join(complaints)


def test_the_first_block_of_a_page_that_uses_catsclean_imports_it():
    """Somebody copies it; later blocks may stand below it in the same session."""
    for page in PAGES:
        for block in blocks(page):
            if block.language == "python" and re.search(r"\bcatsclean\.\w+\(", block.text):
                assert re.search(r"(?m)^(import|from) catsclean", block.text), (
                    f"{page.name}, line {block.line}"
                )
                break


def test_few_blocks_are_not_run_and_each_has_its_reason():
    marked = [(page.name, block) for page in PAGES for block in blocks(page) if block.not_run]
    assert len(marked) <= MOST_NOT_RUN, f"{len(marked)} blocks are not run"
    assert all(len(block.not_run.split()) >= 2 for _, block in marked)


def test_calls_of_other_tools_stand_on_pages_about_them_and_name_what_was_run():
    for page in PAGES:
        for block in blocks(page):
            if block.theirs:
                assert page.parent.name == "coming-from", f"{page.name}, line {block.line}"
                assert re.fullmatch(r"[\w-]+ \d[\w.]*|not run: .+", block.theirs), block.theirs


def test_every_settings_block_can_be_loaded(tmp_path):
    seen = 0
    for page in PAGES:
        for block in blocks(page):
            if block.language == "toml" and "[project" not in block.text:
                path = tmp_path / "catsclean.toml"
                path.write_text(block.text, encoding="utf-8")
                assert load_config(path).source == path
                seen += 1
    assert seen >= 3


def test_until_there_is_a_release_nothing_is_installed_by_name():
    files = [*PAGES, ROOT / "action.yml", ROOT / ".pre-commit-hooks.yaml"]
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"pip install[^\n`]*(?<![./\w-])catsclean(\[|\b(?![./-]))", text), path
        assert not re.search(r"catsclean@v\d|rev: v\d|catsclean==\d", text), path


def test_links_of_the_readme_work_where_it_is_shown_alone_too():
    """PyPI shows it without the repository around it."""
    ours = re.compile(r"https://(?:github\.com/catsclean/catsclean/blob|raw\.githubusercontent\.com/"
                      r"catsclean/catsclean)/main/([^#]+)(?:#.*)?")  # fmt: skip
    links = re.findall(r"\]\(([^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(links) > 30
    for link in links:
        assert link.startswith("https://"), link
        if found := ours.fullmatch(link):
            assert (ROOT / found[1]).exists(), link


def test_groups_and_extras_that_pages_install_exist():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        for group in re.findall(r"--group ([\w-]+)", text):
            assert group in project["dependency-groups"], f"{path.name}: --group {group}"
        for extra in re.findall(r"pip install[^\n`]*\[([\w-]+)\]", text):
            assert extra in project["project"]["optional-dependencies"], f"{path.name}: {extra}"

"""The help of every command: complete, in plain words, as wide as the terminal, and quick."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from catsclean.cli.commands import Commands, command_names
from catsclean.cli.help_pages import name_of

ROOT = Path(__file__).parents[2]
PAGES = [(), *((name,) for name in command_names())]
# no brackets of types such as <list[str]>, {IMAGE...}... or [x>=1]
METAVAR = re.compile(r"[A-Z]+")
LINK = re.compile(r"https://github\.com/catsclean/catsclean/blob/main/(docs/[\w-]+\.md)(?:#(\S+))?")
# the modules that are loaded whole, and not only named
LOADED = (
    "import sys\nfrom types import ModuleType\nfrom catsclean.cli import run\n"
    "run(sys.argv[1:])\n"
    "print(*(n for n, m in sys.modules.items() if type(m) is ModuleType), file=sys.stderr)"
)
HEAVY = {"numpy", "pandas", "pyarrow", "rich.console", "rich.text", "PIL", "tensorflow", "scipy"}


@pytest.fixture(params=PAGES, ids=lambda page: " ".join(page) or "catsclean")
def page(request):
    return request.param


@pytest.fixture(params=[80, 120])
def width(request, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(request.param))
    return request.param


def parameters(page):
    group = Commands(name="catsclean")
    for name in page:
        command = group.get_command(None, name)
        yield from command.get_params(command.make_context(name, [], resilient_parsing=True))


def test_help_fits_into_the_terminal_and_uses_it(run, page, width):
    lines = run(*page, "--help").stdout.splitlines()
    # a command or a link to copy is never broken
    widths = [len(line) for line in lines if not line.startswith(("  catsclean ", "Docs: "))]
    assert max(widths) <= width
    if page in {("audit",), ("split",)}:
        assert max(widths) > width - 15


def test_help_says_all_of_every_text(run, page, width):
    words = " ".join(run(*page, "--help").stdout.split())
    for parameter in parameters(page):
        assert " ".join((parameter.help or "").removesuffix(".").split()) in words
    assert "..." not in words.replace("FILE...", "").replace("IMAGE...", "").replace(
        "FOLDER...", ""
    )


def test_values_have_plain_names(page):
    for parameter in parameters(page):
        if not getattr(parameter, "is_flag", False):
            assert parameter.metavar, parameter.name
            assert METAVAR.fullmatch(name_of(parameter)), parameter.name


def test_help_shows_no_types(run, page):
    text = run(*page, "--help").stdout
    assert not re.search(r"[<{>}]|\blist\b\[|\[x|\bint\b|\bstr\b|\bfloat\b", text)


def test_an_option_that_may_be_repeated_says_so(page):
    for parameter in parameters(page):
        if getattr(parameter, "multiple", False):
            assert re.search("May be repeated|separated by commas", parameter.help), parameter.name


def test_every_option_says_what_it_does_in_sentences(page):
    for parameter in parameters(page):
        assert re.match(r"[A-Z'a-z_]", parameter.help)
        assert parameter.help.endswith("."), parameter.name


def test_help_ends_with_examples_that_parse(run, page, tmp_path):
    _, marker, end = run(*page, "--help").stdout.partition("\nExamples:\n")
    examples = [shlex.split(line) for line in end.splitlines() if line.startswith("  ")]
    assert marker
    assert examples
    for program, name, *arguments in examples:
        assert program == "catsclean"
        assert not page or page == (name,)
        Commands(name="catsclean").get_command(None, name).make_context(name, arguments)


def test_help_links_to_a_page_that_exists(run, page):
    last = run(*page, "--help").stdout.rstrip().splitlines()[-1]
    path, anchor = LINK.fullmatch(last.removeprefix("Docs: ")).groups()
    text = (ROOT / path).read_text(encoding="utf-8")
    headings = [line.lstrip("#").strip().lower() for line in text.splitlines() if line[:1] == "#"]
    anchors = {re.sub(r"[^\w -]", "", heading).replace(" ", "-") for heading in headings}
    assert anchor is None or anchor in anchors


def test_help_loads_nothing_heavy(page):
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *page, "--help"], capture_output=True, text=True, check=True
    )
    assert HEAVY.isdisjoint(done.stderr.split())


def test_options_stand_in_groups_and_help_comes_last(run):
    text = run("audit", "--help").stdout
    titles = re.findall(r"^(\w[\w ]*):$", text, re.MULTILINE)
    assert titles == [
        "Arguments",
        "Checks",
        "Files",
        "Output",
        "Limits and cache",
        "General",
        "Examples",
    ]
    options = re.findall(r"^  (?:-\w, )?(--[\w-]+)", text, re.MULTILINE)
    assert options[-1] == "--help"


def test_a_default_is_shown(run):
    assert "Random seed [default: 0]." in run("practice", "--help").stdout


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_the_version_has_a_short_option(run, option):
    done = run(option)
    assert (done.returncode, done.stdout.split()[0]) == (0, "catsclean")

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catsclean.core import names
from catsclean.errors import StateError

HOSTILE = ["\x1b[31mred.jpg", "two\nlines.jpg", "\u202egpj.cat", "a\\b.jpg", os.fsdecode(b"\xff\xfe.jpg"),
           "[bold]x[/].jpg", "=cmd().jpg", "%0A::error.jpg", "\x9b31m.jpg", "tag\U000e0041.jpg"]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_safe_to_show_and_comes_back(name):
    escaped = names.encode(name)
    assert escaped.isprintable()
    assert names.decode(escaped) == name


@given(st.binary(min_size=1, max_size=40))
def test_every_name_comes_back_byte_for_byte(raw):
    escaped = names.encode(os.fsdecode(raw))
    assert escaped.isprintable()
    assert names.raw_bytes(escaped) == raw


@given(st.text(max_size=20), st.text(max_size=20))
def test_two_names_never_share_an_escaped_form(one, other):
    assert (names.encode(one) == names.encode(other)) == (one == other)


@pytest.mark.parametrize(
    "name", ["Katze.jpg", "чёрная кошка.jpg", "猫.jpg", "🐈.jpg", "[bold].jpg"]
)
def test_printable_characters_of_every_language_stand_for_themselves(name):
    assert names.encode(name) == name


@pytest.mark.parametrize("path", ["a\\b", "a\\", "\\x1", "\\q", "\\U00110000", "\\Ufd10ffdc"])
def test_a_stray_backslash_is_no_path(path):
    with pytest.raises(ValueError, match=r"the backslash at position [1-9] begins no escape"):
        names.decode(path)


def test_a_cell_runs_no_formula_and_comes_back():
    cell = names.cell("=cmd().jpg")
    assert not cell.startswith("=")
    assert names.decode(cell) == "=cmd().jpg"


def test_a_name_that_is_no_text_is_told():
    assert not names.is_text(names.encode(os.fsdecode(b"\xff.jpg")))
    assert names.is_text("猫.jpg")


def test_text_comes_back_from_its_escaped_form():
    for name in HOSTILE:
        assert names.unescape(names.escape(name)) == name


# run in a locale whose encoding is not that of the names
ROUND_TRIP = """
import os, sys
from catsclean.core import names
for line in sys.stdin.buffer.read().split(b"\\n"):
    shown = names.encode(os.fsdecode(line))
    assert os.fsencode(names.decode(shown)) == names.raw_bytes(shown) == line
    sys.stdout.buffer.write(shown.encode("utf-8") + b"\\n")
"""


@pytest.mark.skipif(os.name == "nt", reason="names are text on Windows, and no locale's business")
def test_a_name_is_escaped_alike_in_a_locale_of_another_encoding():
    raw = [
        "Müsli.jpg".encode(),
        "🐈.jpg".encode(),
        b"\xff.jpg",
        b"\xc3",
        b"\xff\xc3\xa9",
        b"\\x",
        b"plain",
    ]
    done = subprocess.run(
        [sys.executable, "-c", ROUND_TRIP], input=b"\n".join(raw), capture_output=True, check=False,
        env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    )  # fmt: skip
    assert done.stderr == b""
    assert done.stdout.decode().split("\n")[:-1] == [names.encode(os.fsdecode(r)) for r in raw]


@pytest.mark.skipif(os.name == "nt", reason="names are text on Windows, and no locale's business")
def test_text_that_no_name_of_this_locale_could_be_is_shown_all_the_same():
    script = "from catsclean.core import names; print(ascii(names.encode('M\\u00fcsli')))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True,
        env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    )  # fmt: skip
    assert done.stdout == "'M\\xfcsli'\n"


def test_the_text_of_an_error_drives_no_terminal():
    assert str(StateError("no such folder: e\x1b[31m\nRED")) == r"no such folder: e\x1b[31m\x0aRED"

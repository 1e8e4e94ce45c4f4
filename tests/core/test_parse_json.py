"""Whatever is wrong with a JSON text is one kind of error."""

import json
import sys

import pytest

from catsclean.core.parse_json import parse_json


@pytest.mark.parametrize("text", ['{"a": [1, null]}', b'{"a": [1, null]}', bytearray(b"[]")])
def test_json_is_parsed_as_text_or_bytes(text):
    assert parse_json(text) == json.loads(text)


@pytest.mark.parametrize(
    "text",
    ["", "{", "nul", b"\xff\xfe\xfd", "[" * 100_000, b"[" * 100_000, '{"a":' * 100_000,
     "9" * (sys.get_int_max_str_digits() + 1)],
    ids=["empty", "open", "word", "bytes", "lists", "lists in bytes", "objects", "digits"],
)  # fmt: skip
def test_what_is_no_json_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"."):
        parse_json(text)

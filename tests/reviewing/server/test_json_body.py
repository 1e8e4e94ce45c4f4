"""What a change says is JSON of bounded size and depth."""

import json

import pytest
from bare_sockets import connect
from hypothesis import given, settings
from hypothesis import strategies as st
from review_server import reviewing
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from catsclean.reviewing.server.json_body import read_json
from catsclean.reviewing.server.json_text import _depth


def depth_of(value):
    if isinstance(value, dict):
        value = list(value.values())
    elif not isinstance(value, list):
        return 0
    return 1 + max(map(depth_of, value), default=0)


@settings(max_examples=30)
@given(
    st.recursive(
        st.none() | st.text() | st.integers(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)
    )
)
def test_the_depth_is_that_of_the_value(value):
    for ascii_only in (True, False):
        assert _depth(json.dumps(value, ensure_ascii=ascii_only).encode()) == depth_of(value)


@pytest.mark.parametrize("depth", [17, 1_000, 100_000])
def test_deep_json_is_refused(review, depth):
    for opened, closed in ((b"[", b"]"), (b'{"a":', b"}")):
        for body in (opened * depth, opened * depth + b"1" + closed * depth):
            assert review.owner.change(body).status == 400
    assert review.changed == []


def test_json_of_the_bound_is_taken(review):
    assert review.owner.change(b"[" * 16 + b"]" * 16).status == 200


def test_brackets_in_a_text_are_no_depth(review):
    assert review.owner.change(json.dumps(['[{"' * 100]).encode()).status == 200


@pytest.mark.parametrize("body", [
    b"", b"{", b"[1,]", b"{'a': 1}", b"NaN", b"[Infinity]", b"-Infinity", b"\xff", b'"\\ud800"', b'{"a\\udfff": 1}',
    b"\xef\xbb\xbf1", b"1 2", b"9" * 5_000, b'"' + b"\\" * 1_001, b"]" * 50, b"\x00",
])  # fmt: skip
def test_other_bodies_are_refused(review, body):
    answer = review.owner.change(body)
    assert (answer.status, review.changed) == (400, [])
    assert b"Traceback" not in answer.body


def test_an_emoji_is_a_text(review):
    assert review.owner.change(b'"\\ud83d\\ude3a"').status == 200
    assert review.changed == ["😺"]


def test_a_change_may_have_a_bound_of_its_own():
    async def small(request):
        return JSONResponse(await read_json(request, most_bytes=10))

    app = Starlette(routes=[Route("/change", small, methods=["POST"])])
    with reviewing(app) as review:
        assert review.owner.change(b"[1]").status == 200
        assert review.owner.change(b"[" + b" " * 9 + b"]").status == 413


def test_the_bound_of_the_server_can_be_changed():
    with reviewing(most_body_bytes=3) as review:
        assert review.owner.change(b"[1]").status == 200
        assert review.owner.change(b"[12]").status == 413


def test_a_client_that_leaves_within_its_body_changes_nothing(review, caplog):
    head = [
        f"POST {review.owner.base}/change HTTP/1.1",
        f"Host: {review.owner.host}",
        "Content-Length: 9",
    ]
    head += [f"{name}: {value}" for name, value in review.owner.changing.items()]
    with connect(review.owner.port) as connection:
        connection.sendall("\r\n".join([*head, "", "[1]"]).encode())
    assert review.owner.get("/page").status == 200
    assert review.changed == []
    assert caplog.text == ""

"""Only the owner gets in, and only our own page changes anything."""

import pytest
from bare_sockets import CHANGE, ask, connect, exchange, take
from review_server import WAYS_OUT, reviewing

HOSTS_OF_OTHERS = [
    "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "evil.example:{port}", "", "0.0.0.0",
    "127.0.0.1@evil.example", "127.0.0.1:80:80", "[::1", "::1", "localhost.", "127.1", "127.0.0.1:", " ",
]  # fmt: skip


def refused(review, answer, status):
    """Say that a request was refused with this status, and that it reached nothing."""
    assert (answer.status, review.read, review.changed) == (status, [], [])


def test_the_address_that_is_printed_opens_the_review(review):
    opened = ask(review.owner, "GET", review.owner.opening)
    assert opened.status == 200
    assert 'http-equiv="refresh" content="0;url=./"' in opened.body.decode()
    assert review.owner.get("/").status == 200


def test_the_cookie_is_ours_alone_and_goes_nowhere_else(review):
    cookie = ask(review.owner, "GET", review.owner.opening).headers["set-cookie"].split("; ")
    assert cookie[1:] == ["HttpOnly", "SameSite=Strict", f"Path={review.owner.base}"]
    assert len(review.owner.base) >= 12


def test_a_link_on_a_page_of_another_site_opens_the_review_without_a_redirect(review):
    foreign = {"Referer": "http://evil.example/", "Sec-Fetch-Site": "cross-site"}
    opened = ask(review.owner, "GET", review.owner.opening, foreign)
    assert (opened.status, "location" in opened.headers) == (200, False)


def test_a_link_on_a_page_of_another_site_to_anything_else_is_refused(review):
    # the browser sends no strict cookie along with it
    foreign = {"Referer": "http://evil.example/", "Sec-Fetch-Site": "cross-site"}
    refused(review, ask(review.owner, "GET", f"{review.owner.base}/page", foreign), 403)


def test_two_starts_share_neither_path_nor_token(review):
    with reviewing() as other:
        assert other.owner.base != review.owner.base
        assert other.owner.cookie != review.owner.cookie
        assert other.owner.token != review.owner.token


@pytest.mark.parametrize(
    "query", ["", "?token=", "?token=x", "?token={right}&token=x", "?Token={right}"]
)
def test_a_wrong_start_token_opens_nothing(review, query):
    right = review.owner.opening.partition("=")[2]
    answer = ask(review.owner, "GET", f"{review.owner.base}/open{query.format(right=right)}")
    refused(review, answer, 403)
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("method", ["HEAD", "POST"])
def test_the_review_is_opened_by_get_only(review, method):
    answer = ask(review.owner, method, review.owner.opening, {"Content-Length": "0"})
    refused(review, answer, 405)
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "cookie", [None, "", "catsclean=x", "other={right}", "catsclean={right}x", "catsclean"]
)
@pytest.mark.parametrize("path", ["/", "/picture", "/open/"])
def test_without_our_cookie_nothing_is_read(review, cookie, path):
    right = review.owner.cookie.partition("=")[2]
    headers = {} if cookie is None else {"Cookie": cookie.format(right=right)}
    refused(review, ask(review.owner, "GET", review.owner.base + path, headers), 403)


def test_the_cookie_of_another_review_is_refused(review):
    with reviewing() as other:
        headers = {"Cookie": other.owner.cookie}
        refused(review, ask(review.owner, "GET", f"{review.owner.base}/", headers), 403)


def test_a_cookie_that_another_program_set_beside_ours_does_no_harm(review):
    for cookies in (
        f"catsclean=x; {review.owner.cookie}",
        f"a=b; {review.owner.cookie};catsclean=y",
    ):
        assert review.owner.get("/", {"Cookie": cookies}).status == 200


@pytest.mark.parametrize("host", HOSTS_OF_OTHERS)
def test_a_name_that_is_not_ours_is_refused(review, host):
    host = host.format(port=review.owner.port)
    for path in (f"{review.owner.base}/", review.owner.opening):
        answer = ask(review.owner, "GET", path, {"Cookie": review.owner.cookie}, host=host)
        # h11 refuses what is no host at all
        assert answer.status in {400, 403}
    assert review.read == []


@pytest.mark.parametrize("host", ["localhost:9000", "127.0.0.1", "LOCALHOST:1", "[::1]:8080"])
def test_a_tunnel_may_begin_at_any_port(review, host):
    headers = {"Cookie": review.owner.cookie}
    assert ask(review.owner, "GET", f"{review.owner.base}/", headers, host=host).status == 200
    headers = {**review.owner.changing, "Origin": f"http://{host}"}
    assert (
        ask(review.owner, "POST", f"{review.owner.base}/change", headers, b"1", host).status == 200
    )


def test_a_host_that_comes_twice_or_not_at_all_is_refused(review):
    path, cookie = (
        f"{review.owner.base}/",
        f"Cookie: {review.owner.cookie}\r\nConnection: close\r\n",
    )
    for version, hosts in (
        ("1.1", "Host: localhost\r\nHost: localhost\r\n"),
        ("1.1", ""),
        ("1.0", ""),
    ):
        with connect(review.owner.port) as connection:
            head = f"GET {path} HTTP/{version}\r\n{hosts}{cookie}\r\n"
            assert exchange(connection, head.encode()).status in {400, 403}
    assert review.read == []


@pytest.mark.parametrize(
    "path", ["/", "/open", "/other/", "{base}", "{base}x/", "//", "*", "http://localhost{base}/"]
)
def test_nothing_is_served_beside_the_random_path(review, path):
    path = path.format(base=review.owner.base)
    refused(review, ask(review.owner, "GET", path, {"Cookie": review.owner.cookie}), 404)


@pytest.mark.parametrize("path", WAYS_OUT)
def test_no_spelling_of_a_way_out_reaches_the_application(review, path):
    refused(review, review.owner.get(path), 404)


@pytest.mark.parametrize(
    "path", ["/a b", "/a%20b", "/a%0d%0ab", "/.hidden", "/a//b", "/ä", "/a%c3%a4", "/a;b", "/a:b"]
)
def test_paths_are_made_of_plain_letters(review, path):
    assert review.owner.get(path).status in {400, 404}
    assert review.read == []


@pytest.mark.parametrize(
    "method", ["PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "CONNECT", "get", "BREW"]
)
def test_other_methods_are_refused(review, method):
    headers = review.owner.changing
    refused(review, ask(review.owner, method, f"{review.owner.base}/change", headers), 405)


def test_our_page_changes_something(review):
    assert review.owner.change(b'{"keep": [1, 2]}').status == 200
    assert review.changed == [{"keep": [1, 2]}]


@pytest.mark.parametrize(
    "origin", [None, "", "null", "http://evil.example", "http://127.0.0.1", "http://127.0.0.1:1",
               "https://{host}", "http://{host}/", "http://localhost:{port}", "http://{host} http://{host}"],
)  # fmt: skip
def test_a_change_from_elsewhere_is_refused(review, origin):
    origin = origin and origin.format(host=review.owner.host, port=review.owner.port)
    refused(review, review.owner.change(origin=origin), 403)


@pytest.mark.parametrize("token", [None, "", "x", "{right}x"])
def test_a_change_without_its_token_is_refused(review, token):
    token = token and token.format(right=review.owner.token)
    refused(review, review.owner.change(**{CHANGE: token}), 403)


def test_a_change_without_our_cookie_is_refused(review):
    refused(review, review.owner.change(cookie=None), 403)


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "a"]
)
def test_a_change_is_json(review, kind):
    refused(review, review.owner.change(content_type=kind), 415)


def test_a_change_may_name_the_encoding_of_its_json(review):
    assert review.owner.change(content_type="Application/JSON; charset=utf-8").status == 200


def test_a_change_of_ten_megabytes_is_refused(review):
    refused(review, review.owner.change(b"1" * 10_000_000), 413)


def test_a_change_says_its_length(review):
    with connect(review.owner.port) as connection:
        head = head_of(review, "Transfer-Encoding: chunked")
        refused(review, exchange(connection, head + b"1\r\n1\r\n0\r\n\r\n"), 411)


@pytest.mark.parametrize("framing", [
    "Content-Length: 1\r\nTransfer-Encoding: chunked", "Content-Length: 1\r\nContent-Length: 2",
    "Content-Length: +1", "Content-Length: 0x1", "Content-Length: 1, 2", "Content-Length : 1",
    "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: xchunked", "X-A: 1\r\n Content-Length: 1",
    "Content-Length: \N{ARABIC-INDIC DIGIT ONE}",
])  # fmt: skip
def test_doubtful_framing_is_refused(review, framing):
    with connect(review.owner.port) as connection:
        answer = exchange(connection, head_of(review, framing) + b"1")
    assert answer.status in {400, 411, 501}
    assert review.changed == []


def head_of(review, framing):
    lines = [
        f"POST {review.owner.base}/change HTTP/1.1",
        f"Host: {review.owner.host}",
        "Connection: close",
    ]
    lines += [f"{name}: {value}" for name, value in review.owner.changing.items()]
    return "\r\n".join([*lines, framing, "", ""]).encode()


@pytest.mark.parametrize("framing", [{"Content-Length": "1"}, {"Transfer-Encoding": "chunked"}])
def test_a_request_for_a_page_has_no_body(review, framing):
    refused(review, review.owner.get("/", framing), 400)


def test_a_request_inside_a_body_is_not_answered(review):
    inner = f"GET {review.owner.base}/ HTTP/1.1\r\nHost: localhost\r\nCookie: {review.owner.cookie}\r\n\r\n"
    with connect(review.owner.port) as connection:
        head = head_of(review, f"Content-Length: {len(inner)}").replace(CHANGE.encode(), b"x-other")
        answer = exchange(connection, head + inner.encode())
    refused(review, answer, 403)


def test_no_other_protocol_is_spoken(review):
    upgrade = {"Connection": "Upgrade, close", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
               "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}  # fmt: skip
    assert review.owner.get("/page", upgrade).status == 200


@pytest.mark.parametrize("path", ["/", "/nothing/../here", "/large?bytes=1", "/fail"])
def test_every_answer_is_safe(review, path):
    headers = review.owner.get(path).every
    policy = dict(headers)["content-security-policy"].split("; ")
    assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'",
            "form-action 'none'", "require-trusted-types-for 'script'"} <= set(policy)  # fmt: skip
    for name, value in {
        "x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "x-frame-options": "DENY",
        "cross-origin-opener-policy": "same-origin", "cross-origin-resource-policy": "same-origin",
        "cache-control": "no-store",
    }.items():  # fmt: skip
        assert [v for n, v in headers if n == name] == [value]
    assert "server" not in dict(headers)


def test_a_failure_is_logged_and_tells_nothing(review, caplog):
    answer = review.owner.get("/fail")
    assert answer.status == 500
    assert b"secret" not in answer.body
    assert "a secret" in caplog.text
    assert review.owner.get("/").status == 200


def test_several_requests_may_use_one_connection(review):
    one = f"GET {review.owner.base}/page HTTP/1.1\r\nHost: localhost\r\nCookie: {review.owner.cookie}\r\n"
    with connect(review.owner.port) as connection:
        connection.sendall(f"{one}\r\n{one}\r\n{one}Connection: close\r\n\r\n".encode())
        assert take(connection).status == 200
    assert len(review.read) == 3

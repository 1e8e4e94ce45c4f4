"""The names of this machine that a request may use."""

import socket

import pytest

from catsclean.reviewing.server.hosts import Hosts, in_address, is_wildcard


def test_the_host_that_is_served_may_be_named():
    assert "gpu-7.lab:8000" in Hosts("gpu-7.lab")
    assert "GPU-7.lab" in Hosts("gpu-7.LAB")
    assert "gpu-8.lab" not in Hosts("gpu-7.lab")


def test_the_loopback_is_served_whatever_the_host():
    for host in ("localhost", "127.0.0.1:9", "[::1]:9"):
        assert host in Hosts("192.0.2.7")


@pytest.mark.parametrize("served", ["0.0.0.0", "::"])
def test_on_all_addresses_any_address_may_be_named_but_no_strange_name(served):
    hosts = Hosts(served)
    for host in ("192.0.2.7:80", "[2001:db8::1]:80", f"{socket.gethostname()}:80", "localhost"):
        assert host in hosts
    for host in ("evil.example", "192.0.2.7.evil.example", "192.0.2.777", ""):
        assert host not in hosts


def test_another_address_is_refused_where_one_is_served():
    assert "192.0.2.8" not in Hosts("192.0.2.7")


def test_an_address_to_open_names_a_machine():
    assert in_address("127.0.0.1") == "127.0.0.1"
    assert in_address("::1") == "[::1]"
    assert in_address("0.0.0.0") == socket.gethostname()
    assert not is_wildcard("localhost")

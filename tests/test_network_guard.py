"""The guard that keeps tests on this machine does so, and lets them talk to themselves."""

import socket
from collections.abc import Callable
from typing import Any

import pytest

ELSEWHERE: dict[str, Callable[[socket.socket], Any]] = {
    "a name": lambda _: socket.getaddrinfo("example.com", 443),
    "an old look-up": lambda _: socket.gethostbyname("example.com"),
    "an address": lambda udp: udp.connect(("192.0.2.1", 80)),
    "an address, without blocking": lambda udp: udp.connect_ex(("192.0.2.1", 80)),
    "a datagram": lambda udp: udp.sendto(b"hello", ("192.0.2.1", 80)),
}


@pytest.mark.parametrize("leave", ELSEWHERE.values(), ids=ELSEWHERE)
def test_nothing_leaves_this_machine(leave: Callable[[socket.socket], Any]) -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        pytest.raises(RuntimeError, match="tests do not leave this machine"),
    ):
        leave(udp)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_is_open(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection((host, server.getsockname()[1])):
        pass

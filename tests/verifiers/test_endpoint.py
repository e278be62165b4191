"""An endpoint that does not answer in time has run out of time, whoever notices first."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from proxy.actions.steps import is_timeout
from proxy.verifiers.endpoint import Endpoint, EndpointError

DRIPPING = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n"


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def endpoint(server: socket.socket, timeout_s: float = 0.3) -> Endpoint:
    return Endpoint(f"http://127.0.0.1:{server.getsockname()[1]}", timeout_s=timeout_s, at_once=1)


def test_an_endpoint_that_says_nothing_has_run_out_of_time(listening: socket.socket) -> None:
    asked = endpoint(listening)
    with pytest.raises(EndpointError, match="no answer within") as told:
        asked.get("/")
    assert is_timeout(told.value)


def test_so_it_has_where_the_client_notices_before_the_caller(listening: socket.socket) -> None:
    with pytest.raises(EndpointError, match="no answer within") as told:
        endpoint(listening)._exchange("GET", "/", None)
    assert is_timeout(told.value) and told.value.spent


def test_so_it_has_where_its_answer_drips(listening: socket.socket) -> None:
    ended = threading.Event()

    def drip() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(DRIPPING)
            while not ended.wait(0.02):
                connection.sendall(b" ")

    dripping = threading.Thread(target=drip)
    dripping.start()
    try:
        with pytest.raises(EndpointError, match="no whole answer within") as told:
            endpoint(listening)._exchange("GET", "/", None)
    finally:
        ended.set()
        dripping.join()
    assert is_timeout(told.value)


def test_an_endpoint_that_cannot_be_reached_has_not(listening: socket.socket) -> None:
    listening.close()
    with pytest.raises(EndpointError, match="cannot be reached") as told:
        Endpoint("http://127.0.0.1:1", timeout_s=5, at_once=1).get("/")
    assert not is_timeout(told.value) and not told.value.spent

from __future__ import annotations

import httpx

from proxy.demo.conversations import Conversation
from proxy.demo.servers import running_provider
from proxy.loopback import HOST, listening_socket


def test_a_port_in_use_is_left_alone_and_another_taken() -> None:
    with listening_socket(0) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        with listening_socket(port) as other:
            assert other.getsockname()[1] not in (0, port)


def test_the_provider_is_gone_after_its_block(conversations: tuple[Conversation, ...]) -> None:
    with running_provider(conversations, port=0) as url:
        assert url.startswith(f"http://{HOST}:")
        assert httpx.get(f"{url}/models").status_code == 200
    try:
        httpx.get(f"{url}/models", timeout=1.0)
    except httpx.ConnectError:
        return
    raise AssertionError(f"{url} still answers")

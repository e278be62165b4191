from __future__ import annotations

from collections.abc import Iterator

import pytest

from proxy.demo.conversations import STORY, Conversation, read_conversations
from proxy.demo.servers import running_provider


@pytest.fixture(scope="session")
def conversations() -> tuple[Conversation, ...]:
    return read_conversations()


@pytest.fixture(scope="session")
def story() -> tuple[Conversation, ...]:
    return read_conversations(STORY)


@pytest.fixture(scope="session")
def provider_url(conversations: tuple[Conversation, ...]) -> Iterator[str]:
    with running_provider(conversations, port=0) as url:
        yield url

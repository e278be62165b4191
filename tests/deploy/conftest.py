"""What watches real proxies is started for each module that asks it, and ends with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.watched import Watched, watched_proxies


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with watched_proxies(tmp_path_factory.mktemp("watched")) as found:
        yield found

"""What watches real proxies is started once for all tests of deploy/, and ends with them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.watched import Watched, watched_proxies


@pytest.fixture(scope="package")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with watched_proxies(tmp_path_factory.mktemp("watched")) as found:
        yield found

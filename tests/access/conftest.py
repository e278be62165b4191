"""What the tests of access share: one house for each module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.house import House, running_house


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("house")) as house:
        yield house

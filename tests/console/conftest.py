"""A proxy that hands over answers that break policy, shared by the tests of a module: each has cases of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import RunningProxy, running_proxy
from console.case.escalated import ROUTE


@pytest.fixture(scope="module")
def escalating(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProxy]:
    with running_proxy(tmp_path_factory.mktemp("proxy"), rules=ROUTE) as running:
        yield running

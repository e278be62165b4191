"""A proxy that hands over answers that break policy, shared by the tests of a module: each has cases of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import RunningProxy, running_proxy
from console.case.escalated import ROUTE
from support.commands import Commands

START_COMMANDS = ("test_door", "test_policies", "test_recall_jobs", "test_warm")


@pytest.fixture(scope="module")
def escalating(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProxy]:
    with running_proxy(tmp_path_factory.mktemp("proxy"), rules=ROUTE) as running:
        yield running


@pytest.fixture(scope="session")
def commands() -> Iterator[Commands]:
    started = Commands()
    yield started
    started.end()


@pytest.fixture(scope="module", autouse=True)
def commands_at_once(commands: Commands, request: pytest.FixtureRequest) -> Iterator[None]:
    """What pages have done by a process of its own is done by one that is there at once, but where starts are tried."""
    if request.module.__name__.rpartition(".")[2] in START_COMMANDS:
        yield
        return
    with commands.instead():
        yield

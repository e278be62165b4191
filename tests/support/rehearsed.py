"""A pilot of easy questions, played alone and with operators, and live traffic of another mix, as production is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from conftest import logging_restored
from support.rehearsing import FALSE, TRUE, settle_in, suite_of, turn
from typer.testing import CliRunner

from proxy.cli import app
from proxy.rehearsal.suite.model import Conversation, Truth

SHARED = "--corpus", "corpus", "--policies", "policies"
# What the proxy does with it is known: it delivers the one, and puts the other one right. The labels say what is true.
GOOD, LET_PASS, KEPT_BACK = (TRUE, "supported"), (TRUE, "contradicted"), (FALSE, "supported")


MARKED = "repairs <script>alert(1)</script>"  # a segment that only live traffic has


class Rehearsed(NamedTuple):
    """``arguments`` are those of a report over all of it, ``told`` is what it says as JSON."""

    folder: Path
    arguments: tuple[str, ...]
    told: dict[str, Any]


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsed]:
    folder = tmp_path_factory.mktemp("rehearsed")
    settle_in(folder)
    suite_of(folder / "pilot.jsonl", *of("pilot", returns=24, refunds=4))
    suite_of(folder / "live.jsonl", *of("live", **{"returns": 14, "refunds": 14, MARKED: 4}))
    with logging_restored(), pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("OTEL_RESOURCE_ATTRIBUTES", "")
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        play("pilot.jsonl", "pilot.results.jsonl")
        play("pilot.jsonl", "under.results.jsonl", "--with", "provider-busy=0.3", "--seed", "2")
        play("live.jsonl", "live.results.jsonl", "--with", "provider-busy=0.3", "--seed", "3")
        named = "--live", "live.jsonl", "--under", "under.results.jsonl", "--came", "live.results.jsonl"
        given = "pilot.jsonl", "pilot.results.jsonl", *named, "--before", "under.results.jsonl"
        arguments = *given, "--policies", "policies"
        yield Rehearsed(folder, arguments, json.loads(ran("report", *arguments, "--json")))


def play(suite: str, to: str, *more: str) -> None:
    ran("run", suite, *SHARED, "--to", to, "--processes", "1", *more)


def ran(*arguments: str) -> str:
    found = CliRunner().invoke(app, ["rehearse", *arguments])
    assert found.exit_code == 0, found.output
    return found.stdout


def of(name: str, **numbers: int) -> Iterator[Conversation]:
    """So many conversations of each segment; of refunds every second one ends badly."""
    for segment, number in numbers.items():
        for one in range(number):
            said = (LET_PASS, GOOD, KEPT_BACK, GOOD)[one % 4] if segment == "refunds" else GOOD
            yield conversation(f"{name}-{segment}-{one}", segment, *said)


def conversation(id: str, segment: str, said: str, label: Truth) -> Conversation:
    return Conversation(id=id, segment=segment, turns=(turn(said, label),))

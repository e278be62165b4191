"""Faults at the start, where the proxy must refuse to start and say why."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import proxy
from proxy.drill import company
from proxy.drill.fault import WHOLE, Fault, Way, Work, during
from proxy.drill.outcome import Outcome
from proxy.drill.place import Place
from proxy.ledger.ledger import Ledger

PACKAGE = Path(proxy.__file__).parent
MODEL = Path("models") / "all-minilm-l6-v2"


def refuses(told: str) -> Outcome:
    """A clear sentence on stderr, and the exit status of bad input."""
    return Outcome(also={"exit status": "2"}, told=told)


def starting(**settings: Any) -> Work:
    def seen(place: Place, _: Way) -> Outcome:
        status, said = place.try_to_start(**settings)
        return Outcome(also={"exit status": status}, told=said)

    return seen


def with_broken_model(place: Place, _: Way) -> Outcome:
    """The program starts from a copy of its package in which half of the model's file is missing."""
    copy = place.folder / "installation" / "proxy"
    copy.mkdir(parents=True)
    for part in PACKAGE.iterdir():
        if part.name != "models":
            (copy / part.name).symlink_to(part)
    shutil.copytree(PACKAGE / "models", copy / "models", ignore=shutil.ignore_patterns("*.onnx", "training"))
    whole = (PACKAGE / MODEL / "model.int8.onnx").read_bytes()
    (copy / MODEL / "model.int8.onnx").write_bytes(whole[: len(whole) // 2])
    before_ours = os.pathsep.join([str(copy.parent), os.environ.get("PYTHONPATH", "")])
    status, said = place.try_to_start(environment={"PYTHONPATH": before_ours})
    return Outcome(also={"exit status": status}, told=said)


@contextmanager
def ledger_locked(place: Place) -> Iterator[None]:
    """A ledger whose tables are as they should be, and on which another process keeps a transaction open."""
    Ledger.open(f"sqlite:///{place.ledger_file}").close()
    with closing(sqlite3.connect(place.ledger_file, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            database.execute("ROLLBACK")


@contextmanager
def policies_broken(place: Place) -> Iterator[None]:
    company.write_routes(place.policies, company.BROKEN_ROUTES)
    try:
        yield
    finally:
        company.write_routes(place.policies)


FAULTS = (
    Fault(
        "The model's file is damaged",
        "half of it is missing",
        refuses("the sentence embedder cannot be loaded"),
        with_broken_model,
        WHOLE,
    ),
    Fault(
        "The policies are broken at the start",
        "a misspelt key",
        refuses('policies/routes.yaml:5: route "open": unknown key "on_unverifed"'),
        during(policies_broken, starting()),
        WHOLE,
    ),
    Fault(
        "The ledger cannot be opened at the start",
        "`database_url` names a folder",
        refuses("the file cannot be opened"),
        starting(database_url="sqlite:///corpus"),
        WHOLE,
    ),
    Fault(
        "The ledger cannot be written at the start",
        "another process keeps a transaction open on it",
        refuses("another process held the database locked"),
        during(ledger_locked, starting()),
        WHOLE,
    ),
)

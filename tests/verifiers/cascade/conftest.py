"""Cascades before a judge model on a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from support.cascades import MARCH, UNSURE, OpenCascade
from support.judge_answers import opinion
from support.provider import Provider
from support.saying import Saying

from proxy.grounding.types import Verdict
from proxy.ledger.ledger import Ledger
from proxy.telemetry.metrics import Metrics
from proxy.verifiers.budget import Budget
from proxy.verifiers.cascade import CascadeOptions, CascadeVerifier, open_cascade
from proxy.verifiers.judge import JudgeVerifier
from proxy.verifiers.parts import Provider as OwnProvider


@pytest.fixture
def model(model: Provider) -> Provider:
    """It supports the claim."""
    model.answers(opinion())
    return model


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        yield ledger


@pytest.fixture
def cascade(running: tuple[Provider, str], model: Provider, ledger: Ledger) -> OpenCascade:
    """Opens a cascade before the judge model: ``cascade(local_verdict, now=..., **options)``."""

    def open_one(
        local: Verdict | None = UNSURE, *, now: datetime = MARCH, kept_in: Ledger = ledger, **given: Any
    ) -> CascadeVerifier:
        options = CascadeOptions(**{"model": "judge-1", "url": running[1], "timeout_s": 5, **given})
        judge = JudgeVerifier(options, OwnProvider("http://127.0.0.1:9"))
        most = options.monthly_requests, options.monthly_cost
        budget = Budget(kept_in, options.prices, *most, now=lambda: now)
        return open_cascade(Saying(local, "local"), options, judge, budget, Metrics())

    return open_one

"""A proxy whose verifier a test gives it, and what it says."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from conftest import RunningProxy

from proxy.grounding.types import Claim, Label, Verdict
from proxy.wire.services import Services


@dataclass
class Stubborn:
    """A verifier as anybody may write one: it says yes when it has done ``work`` with a sentence."""

    work: Callable[[str], object]
    name: str = "stubborn"
    version: str = "1"
    asked: list[str] = field(default_factory=list)

    def verify(self, claim: Claim, **_: Any) -> Verdict:
        self.asked.append(claim.text)
        self.work(claim.text)
        return Verdict(Label.SUPPORTED, 1.0, "it says yes")


@dataclass(frozen=True)
class Judged:
    proxy: RunningProxy
    services: Services
    app: Any

    def settled(self) -> None:
        """Wait until nothing goes on in the background."""
        deadline = time.monotonic() + 10
        while self.services.background.tasks and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not self.services.background.tasks


StartJudged = Callable[..., Judged]


def cxai_of(response: httpx.Response) -> dict[str, Any]:
    if response.headers["content-type"].startswith("application/json"):
        return dict(response.json()["cxai"])
    events = [line[6:] for line in response.text.split("\n") if line.startswith("data: ")]
    assert events[-1] == "[DONE]"
    return dict(json.loads(events[-2])["cxai"])


def said(response: httpx.Response) -> str:
    if response.headers["content-type"].startswith("application/json"):
        return response.json()["choices"][0]["message"]["content"] or ""
    events = [line[6:] for line in response.text.split("\n") if line.startswith("data: {")]
    deltas = [choice["delta"] for event in events for choice in json.loads(event)["choices"]]
    return "".join(delta.get("content") or "" for delta in deltas)

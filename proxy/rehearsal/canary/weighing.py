"""Conversations of a canary added to the evidence that the ledger keeps, one test for each figure that is guarded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from proxy.ledger.rehearsal.canaries import ArmConversation
from proxy.rehearsal.canary.evidence import Evidence, Observed
from proxy.rules.candidate_options import Canary

CANDIDATE, CONTROL = "candidate", "control"
JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Weighing:
    """The tests of a canary: each figure in each stratum, that is the routes with one share.

    Where shares differ from route to route, both arms as a whole have another mix of routes. The tests share the
    false alarms evenly (Bonferroni), so that a good candidate is rolled back in at most ``false_alarm`` of canaries.
    """

    margins: dict[str, float]
    false_alarm: float
    strata: tuple[str, ...] = ("",)

    @classmethod
    def of(cls, canary: Canary) -> Weighing:
        return cls(canary.guards.margins(), canary.false_alarm, ("", *sorted(canary.by_route)))

    def __call__(
        self, evidence: JsonObject, conversations: Sequence[ArmConversation]
    ) -> tuple[JsonObject, str | None]:
        """The evidence with these conversations; the reason to roll back, where a figure is shown to be worse."""
        found = read_evidence(evidence)
        for one in conversations:
            for figure in self.margins if one.stratum in self.strata else ():
                test = self._test(found, figure, one.stratum)
                add = test.with_candidate if one.arm == CANDIDATE else test.with_control
                found[test.metric] = add(one.figures[figure])
        breached = [one.reason for one in found.values() if one.breached]
        return {name: asdict(one) for name, one in found.items()}, " ".join(breached) or None

    def _test(self, found: dict[str, Evidence], figure: str, stratum: str) -> Evidence:
        name = f"{figure} on {stratum}" if stratum else figure
        alarm = self.false_alarm / (len(self.margins) * len(self.strata))
        return found.get(name) or Evidence(name, self.margins[figure], alarm)


def read_evidence(evidence: JsonObject) -> dict[str, Evidence]:
    """What a canary's row keeps, by the test's name."""
    return {name: _evidence(kept) for name, kept in evidence.items()}


def _evidence(kept: JsonObject) -> Evidence:
    sides = ("candidate", "control", "open_candidate", "open_control")
    observed = {side: Observed(**kept[side]) for side in sides}
    return Evidence(**{**kept, **observed, "logs": tuple(kept["logs"])})

"""Puts probes to the guard as it is configured, and sorts out what it got wrong."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from proxy.authoring.cases.options import STOPPED, Case, PlacedCase
from proxy.authoring.cases.trying import CaseOutcome, try_cases
from proxy.authoring.probe.kinds import Attack
from proxy.authoring.probe.making import Probe
from proxy.guard import Guard
from proxy.rules.policies import Policies

_DELIVERED = "deliver"
_WEAK_SHARE, _WEAK_COUNT = 0.5, 3


@dataclass(frozen=True, slots=True)
class Probed:
    """A probe, the case that it makes, and what came of it."""

    probe: Probe
    case: Case
    outcome: CaseOutcome

    @property
    def wrong(self) -> bool:
        """A false sentence that was delivered, or a true one that was stopped."""
        return not self.outcome.passed


@dataclass(frozen=True, slots=True)
class KindCount:
    """How many probes of a kind were tried, and how many came out wrong."""

    attack: Attack
    tried: int
    wrong: int

    @property
    def share(self) -> float:
        return self.wrong / self.tried if self.tried else 0.0

    @property
    def is_weak(self) -> bool:
        """Whether the verifier is as good as blind to it: half of at least three pass."""
        return self.attack is not Attack.NONE and self.wrong >= _WEAK_COUNT and self.share >= _WEAK_SHARE


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """All that was tried, in the order of the documents."""

    probed: tuple[Probed, ...]

    @property
    def delivered(self) -> list[Probed]:
        """False sentences that customers would have got."""
        return [one for one in self.probed if one.wrong and not one.probe.is_true]

    @property
    def stopped(self) -> list[Probed]:
        """True sentences that customers would not have got."""
        return [one for one in self.probed if one.wrong and one.probe.is_true]

    @property
    def passed_share(self) -> float:
        false = sum(not one.probe.is_true for one in self.probed)
        return len(self.delivered) / false if false else 0.0

    def by_kind(self) -> list[KindCount]:
        """Each kind that was tried, those that pass most often first, true sentences last."""
        kinds: dict[Attack, list[Probed]] = defaultdict(list)
        for one in self.probed:
            kinds[one.probe.attack].append(one)
        counts = [
            KindCount(attack, len(them), sum(one.wrong for one in them)) for attack, them in kinds.items()
        ]
        return sorted(counts, key=lambda one: (one.attack is Attack.NONE, -one.share, one.attack.value))


async def try_probes(
    guard: Guard,
    policies: Policies,
    probes: Sequence[Probe],
    now: datetime,
    *,
    model: str = "",
    channel: str = "chat",
    at_once: int = 2,
) -> ProbeReport:
    """Every probe by the route of ``model`` and ``channel``, with the verifier, thresholds and corpus of ``guard``."""
    cases = [case_of(probe, model, channel) for probe in probes]
    outcomes = await try_cases(
        guard, policies, [PlacedCase("probe", 0, case) for case in cases], now, at_once=at_once
    )
    return ProbeReport(tuple(map(Probed, probes, cases, outcomes)))


def case_of(probe: Probe, model: str = "", channel: str = "chat") -> Case:
    """The probe in the form of policies/tests; its name says what was done to which document, and tells it apart."""
    digest = hashlib.sha256(f"{probe.source.document.id}\0{probe.text}\0{probe.scope}".encode()).hexdigest()[
        :6
    ]
    name = f"probe-{probe.attack.name.lower().replace('_', '-')}-{probe.source.document.id.replace('/', '-')}-{digest}"
    scope = probe.scope
    return Case.model_validate(
        {
            "name": name,
            "answer": probe.text,
            "expect": _DELIVERED if probe.is_true else STOPPED,
            "model": model,
            "channel": channel,
            "audience": scope.audience,
            "jurisdiction": scope.jurisdiction,
            "as_of": scope.policy_date.isoformat(timespec="seconds"),
        }
    )

"""All that rests on the changes together: recorded answers, the company's test cases, and rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from proxy.authoring.cases.options import PlacedCase
from proxy.authoring.changes.affected import Resting, resting_on
from proxy.authoring.changes.diff import Change
from proxy.authoring.changes.rejudging import OtherCaseVerdict, OtherVerdict, Rejudging
from proxy.authoring.changes.rules_named import RuleMention, rules_that_name
from proxy.ledger.records import DecisionRecord
from proxy.rules.policies import Policies


@dataclass(frozen=True, slots=True)
class Effects:
    """``read`` counts the recorded answers that were looked at, ``judged`` the claims of theirs that were judged again.

    ``as_of`` is the moment as of which the new documents were asked.
    """

    read: int
    resting: tuple[Resting, ...]
    judged: int
    others: tuple[OtherVerdict, ...]
    cases: tuple[OtherCaseVerdict, ...]
    rules: tuple[RuleMention, ...]
    as_of: datetime | None = None

    @property
    def answers(self) -> int:
        """How many answers rest on what changed."""
        return len({one.record.response_id for one in self.resting})


def effects_of(
    changes: Sequence[Change],
    records: Sequence[DecisionRecord],
    cases: Sequence[PlacedCase],
    policies: Policies,
    rejudging: Callable[[], Rejudging],
    most_judged: int,
) -> Effects:
    """What rests on the changes. ``rejudging`` is made, which takes its time, only where there is something to judge.

    Raises:
        VerifierError: the verifier could not judge.
    """
    resting = tuple(resting_on(changes, records))
    said = [one for one in resting if one.text][:most_judged]
    judging = rejudging() if said or cases else None
    others = [other for one in said if judging and (other := judging.answer(one))]
    other_cases = [found for case in cases if judging and (found := judging.case(case))]
    return Effects(
        read=len(records),
        resting=resting,
        judged=len(said),
        others=tuple(others),
        cases=tuple(other_cases),
        rules=tuple(rules_that_name(changes, policies)),
        as_of=judging.new_date if judging else None,
    )

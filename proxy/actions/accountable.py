"""Who answers for an answer: the person who gave it, else the owner of the policy that decided, else the route's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from proxy.actions.decide import Judged, deciding_document
from proxy.rules.policies import Route

REVIEWER, POLICY_OWNER, ROUTE_OWNER = "reviewer", "policy owner", "route owner"


@dataclass(frozen=True, slots=True)
class Accountable:
    """``owner`` by name, and why it is them: ``reviewer``, ``policy owner`` or ``route owner``."""

    owner: str
    role: str


def accountable(judged: Sequence[Judged], route: Route, answered_by: str | None = None) -> Accountable:
    """Who is accountable for an answer, whatever was done with it.

    ``answered_by`` is the person whose answer it is. Without one it is the ``owner:`` of the document that decided the
    sentence which decided the answer: the one with the worst action, of several the least certain. Where no document
    did, or the document names nobody, it is the route's ``owner:``.
    """
    if answered_by:
        return Accountable(answered_by, REVIEWER)
    worst = max((one.ruling.wanted for one in judged), default=None)
    decided = [
        (one.judgement.verdict.confidence, document)
        for one in judged
        if one.judgement is not None and one.ruling.wanted is worst
        if (document := deciding_document(one.judgement)) is not None
    ]
    _, document = min(decided, key=lambda one: one[0], default=(0.0, None))
    if document is not None and document.owner:
        return Accountable(document.owner, POLICY_OWNER)
    return Accountable(route.owner, ROUTE_OWNER)

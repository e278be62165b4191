"""Keeping a judgement of one claim, wherever it is judged: what stands against it is told in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from proxy.console.case.claims import ShownClaim
from proxy.console.case.evidence_seen import unseen
from proxy.console.case.forms import SentJudgement
from proxy.console.case.page import Refused
from proxy.review.errors import ReviewError, Why
from proxy.review.giving import Reviewing
from proxy.review.views import Given

_IN_WORDS = {
    Why.BAD_VERDICT: "Choose one of the four first.",
    Why.NOT_SEEN: "The policy’s text has not been on your screen yet. Read it first, then judge.",
    Why.JUDGED: "You have judged this sentence already; that stays. You can judge it again when all are done.",
}


def keep_judgement(
    reviewing: Reviewing,
    given: Given,
    claims: Sequence[ShownClaim],
    number: int,
    sent: SentJudgement,
    now: datetime,
) -> Refused | None:
    """The blind judgement, or after the machine's is shown another one beside it; why it is not kept, if it is not."""
    claim = next((one for one in claims if one.number == number), None)
    if claim is not None and not sent.verdict:
        return Refused(number, _IN_WORDS[Why.BAD_VERDICT])
    missing = unseen(claim, sent.seen) if claim is not None else None
    if missing:
        return Refused(number, f"{missing} Read it first, then judge.", sent.verdict)
    say = reviewing.reconsider if given.revealed else reviewing.judge
    try:
        say(given.id, given.reviewer, number, sent.verdict, sent.watched, now)
    except ReviewError as error:
        words = str(error)
        told = _IN_WORDS.get(error.why) or f"{words[:1].upper()}{words[1:]}."
        return Refused(number, told, sent.verdict)
    return None

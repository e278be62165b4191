"""Whether what a judgement rests on has been before the reviewer's eyes, as the page reports it.

The page names each piece by its claim and place: ``3-text`` is the sentence itself, ``3-0`` the first text beside it. A
page could lie, so that this keeps a hurried reviewer from judging unseen, not a dishonest one; how long it was
looked at goes into the review's figures (``proxy.review.dwell``).
"""

from __future__ import annotations

from collections.abc import Iterable

from proxy.console.case.claims import ShownClaim


def pieces_of(claim: ShownClaim) -> list[str]:
    """The names of what has to be seen: the sentence, and each text beside it (or that there is none)."""
    beside = [f"{claim.number}-{place}" for place in range(len(claim.evidence))]
    return [f"{claim.number}-text", *(beside or [f"{claim.number}-none"])]


def unseen(claim: ShownClaim, seen: Iterable[str]) -> str | None:
    """What has not been on the screen, in words; None where all has."""
    missing = [piece for piece in pieces_of(claim) if piece not in frozenset(seen)]
    if not missing:
        return None
    if f"{claim.number}-text" in missing:
        return f"Sentence {claim.place} has not been on your screen long enough."
    if not claim.evidence:
        return f"That no text was found for sentence {claim.place} has not been on your screen."
    if len(claim.evidence) == 1:
        return f"The marked text for sentence {claim.place} has not been on your screen long enough."
    texts = f"{len(missing)} of the {len(claim.evidence)} marked texts for sentence {claim.place}"
    return f"{texts} {'has' if len(missing) == 1 else 'have'} not been on your screen long enough."

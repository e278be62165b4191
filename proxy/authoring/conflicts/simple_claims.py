"""Cuts a sentence that says several things into sentences that say one each.

"Water damage and broken screens are not covered; a quote costs £20" contradicts "water damage is covered", but reads
as if it spoke of something else. What is cut off never makes a part say more: conditions stay where they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_VERB = (
    r"(?:is|are|was|were|has|have|had|can|cannot|could|may|must|will|would|shall|should|need|needs|does|do|don't|doesn't"
    r"|costs?|applies|apply|expires?|covers?|includes?|takes?|pays?|gets?|counts?|travels?|runs?|moves?|ends?|begins?)"
)
_MAIN = re.compile(rf"(?P<subject>[^,;:()]{{2,80}}?(?:, [^,;:()]{{2,40}}?)*?) (?P<predicate>{_VERB}\b[^;]*)")
_NEXT_PREDICATE = re.compile(rf"(?:,? and|,? but|,) (?={_VERB}\b)")
_MEMBERS = re.compile(r",? and |,? or |, ")
_CONDITION = re.compile(
    r"\b(?:if|when|unless|until|only|except|provided|where|while|after|before|once|within|either|both|neither)\b",
    re.IGNORECASE,
)
_OPENS = re.compile(
    rf"(?:{_VERB}|if|when|where|you|we|it|they|in|on|at|after|before|to|for)\b", re.IGNORECASE
)
_SECTION_NUMBER = re.compile(r"\A(?:\(?[a-z\d]{1,2}(?:\.\d+)*[.)]?)\s(?=[A-Z])")
_FEWEST_WORDS, _MOST_PARTS = 3, 6


def simple_claims(sentence: str, subject: str = "") -> tuple[str, ...]:
    """The parts of the sentence, where it has more than one; ``subject`` stands in for its "it"."""
    made = [
        claim
        for piece in _SECTION_NUMBER.sub("", sentence).split("; ")
        for claim in _of_piece(piece.strip(" ."), subject)
    ]
    found = [claim for claim in dict.fromkeys(made) if len(claim.split()) >= _FEWEST_WORDS]
    return tuple(found[:_MOST_PARTS]) if len(found) > 1 or (found and ";" in sentence) else ()


def subject_of(sentence: str) -> str:
    """What a sentence speaks of, "" where it is not plain to see."""
    match = _MAIN.fullmatch(_SECTION_NUMBER.sub("", sentence).rstrip(". "))
    return match["subject"] if match and not _OPENS.match(match["subject"]) else ""


def _of_piece(piece: str, given: str) -> Iterator[str]:
    match = _MAIN.fullmatch(piece)
    if match is None:
        yield f"{piece}."
        return
    subject = given if given and re.fullmatch(r"It|They|This|These", match["subject"]) else match["subject"]
    predicates = _NEXT_PREDICATE.split(match["predicate"])
    if _CONDITION.search(match["subject"]) or any(_CONDITION.search(each) for each in predicates[:-1]):
        yield f"{piece}."
        return
    for member in _members(subject):
        yield from (f"{member} {predicate}." for predicate in predicates)


def _members(subject: str) -> list[str]:
    """Each thing of a list ("rabbits, birds and rodents"); a list of what a thing has stays whole."""
    members = _MEMBERS.split(subject)
    plain = all(1 <= len(member.split()) <= 4 and not _OPENS.match(member) for member in members)
    return [member[:1].upper() + member[1:] for member in members] if plain else [subject]

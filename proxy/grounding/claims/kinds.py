"""What each piece of an answer has to rest on: policy, the customer's own records, both, or nothing.

Policy is the default: what is not recognised as small talk or as a record is checked against the documents.
"""

from __future__ import annotations

from proxy.grounding.claims import account_signs as signs
from proxy.grounding.claims.assertions import announces, asserts, has_verb, introduces, states_rule
from proxy.grounding.claims.bare_answers import asks_yes_or_no, is_bare_answer
from proxy.grounding.claims.own_values import tells_own_value
from proxy.grounding.text.markdown_lines import plain
from proxy.grounding.text.segments import Segment, SegmentKind
from proxy.grounding.types import Claim, ClaimKind


def claim_of(segment: Segment, question: str | None = None) -> Claim:
    """The segment as a claim, with the kind of proof that it needs; a bare "Yes." claims what the question asks."""
    bare = is_bare_answer(segment.text) and asks_yes_or_no(question)
    kind = ClaimKind.POLICY if bare else kind_of(segment)
    return Claim(segment.text, segment.start, segment.end, kind, segment.reading)


def kind_of(segment: Segment) -> ClaimKind:
    text = plain(segment.text).replace("’", "'")
    own = signs.tells_of_action(text) or signs.tells_of_records(text)
    if not _is_checkable(segment, text, own):
        return ClaimKind.NOT_CHECKABLE
    rule = signs.states_rule(text) or signs.is_premise(text)
    if own:
        return ClaimKind.MIXED if rule else ClaimKind.ACCOUNT
    if not rule and (_is_record_field(segment, text) or tells_own_value(text)):
        return ClaimKind.ACCOUNT
    return ClaimKind.POLICY


def may_be_policy(text: str) -> bool:
    """Whether only a day or an amount makes an account fact of it, which policy may name for everybody as well."""
    said = plain(text).replace("’", "'")
    return not (signs.tells_of_action(said) or signs.tells_of_records(said)) and tells_own_value(said)


def _is_checkable(segment: Segment, text: str, own: bool) -> bool:
    if segment.kind is SegmentKind.CODE and not (len(text.split()) > 3 and _is_said(text)):
        return False
    if segment.kind is SegmentKind.HEADING and not own:
        return (has_verb(text) and asserts(text)) or states_rule(text)
    if introduces(text):
        return (own and not text.endswith(":")) or signs.tells_of_action(text)
    if signs.tells_as_fact(text) and not text.endswith("?"):
        return signs.tells_of_action(text) or states_rule(text) or not announces(text)
    return asserts(_without_label(text))


def _is_said(text: str) -> bool:
    """Whether a line of code reads as a sentence: a rule in a code fence is a rule."""
    return has_verb(text) or states_rule(text)


def _without_label(text: str) -> str:
    """``User ID: Could you please provide it?`` asks, whatever its label."""
    label, colon, rest = text.partition(": ")
    asks = colon and len(label.split()) <= 4 and not asserts(rest)
    return rest if asks and has_verb(rest) else text


def _is_record_field(segment: Segment, text: str) -> bool:
    """A labelled value as records have it, or any labelled value below something that names a record."""
    if signs.is_record_field(text):
        return True
    if segment.kind not in (SegmentKind.LIST_ITEM, SegmentKind.TABLE_ROW):
        return False
    above = segment.reading.removesuffix(text).replace("’", "'")
    return signs.names_record(above) or (signs.is_field(text) and signs.speaks_of_records(above))

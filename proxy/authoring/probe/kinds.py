"""The kinds of attack in an editor's words, and which makers of one-edit falsehoods serve each."""

from __future__ import annotations

from enum import StrEnum


class Attack(StrEnum):
    """What is wrong with a false sentence; ``NONE`` is a true one."""

    NUMBER = "wrong number"
    UNIT = "wrong unit"
    DATE = "wrong date or hour"
    PERMISSION = "flipped permission"
    DUTY = "duty and choice swapped"
    ORDER = "before and after swapped"
    LIMIT = "limit turned round"
    CONDITION_DROPPED = "dropped condition"
    CONDITION = "other condition"
    EXCEPTION = "dropped exception"
    SCOPE = "more than it covers"
    ACTOR = "other person"
    THING = "other thing"
    DETAIL = "added detail"
    CHANNEL = "wrong channel"
    RETROACTIVE = "retroactive"
    MARKET = "other market"
    OUTDATED = "earlier version"
    NONE = "true"


# By the names of proxy/authoring/edits/false_edits.py.
OF_EDIT = {
    "number": Attack.NUMBER,
    "number_from_document": Attack.NUMBER,
    "unit": Attack.UNIT,
    "date": Attack.DATE,
    "negation": Attack.PERMISSION,
    "opposite_word": Attack.PERMISSION,
    "modality": Attack.DUTY,
    "before_after": Attack.ORDER,
    "bound": Attack.LIMIT,
    "condition_dropped": Attack.CONDITION_DROPPED,
    "condition_reversed": Attack.CONDITION,
    "condition_moved": Attack.CONDITION,
    "exception_dropped": Attack.EXCEPTION,
    "only_dropped": Attack.EXCEPTION,
    "scope_widened": Attack.SCOPE,
    "actor_swapped": Attack.ACTOR,
    "word_swapped": Attack.THING,
    "word_swapped_from_document": Attack.THING,
    "detail_added": Attack.DETAIL,
}

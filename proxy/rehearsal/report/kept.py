"""A report with no more of customers' and models' texts than the ledger keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proxy.ledger.masking import mask
from proxy.ledger.texts import NOT_KEPT, StoreText
from proxy.rehearsal.report.segments import EVERY, TOPICS

_SAID = "asked", "said", "false", "got"  # of the worst answers


def as_kept(told: Mapping[str, Any], level: StoreText) -> dict[str, Any]:
    """``told`` is a report as JSON. Figures, ids, reasons and digests always stay."""
    if level is StoreText.FULL:
        return dict(told)
    if level is StoreText.MASKED:
        return {name: value if name == "made_from" else _masked(value) for name, value in told.items()}
    names = {one["name"]: _name(number, one["name"], told) for number, one in enumerate(told["parts"], 1)}
    return {
        **told,
        "predicted": [_textless_prediction(one, names) for one in told["predicted"]],
        "parts": [{**one, "name": names[one["name"]]} for one in told["parts"]],
        "decisions": [{**one, "segment": names[one["segment"]]} for one in told["decisions"]],
        "gaps": [_textless_gap(one) for one in told["gaps"]],
        "worst": [
            {**one, "segment": names[one["segment"]], **dict.fromkeys(_SAID, NOT_KEPT), "false": []}
            for one in told["worst"]
        ],
    }


def _name(number: int, name: str, told: Mapping[str, Any]) -> str:
    """Topics are named by what a customer said."""
    return f"topic {number}" if told["way"] == TOPICS and name != EVERY else name


def _textless_prediction(one: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    unseen, text = [names[each] for each in one["unseen"]], one["unseen_text"]
    for name, instead in names.items():
        text = text.replace(name, instead)
    return {**one, "unseen": unseen, "unseen_text": text}


def _textless_gap(gap: Mapping[str, Any]) -> dict[str, Any]:
    text = f"topics: {NOT_KEPT}" if gap["dimension"] == TOPICS else gap["text"]
    return {**gap, "text": text, "suggested": [{**one, "text": NOT_KEPT} for one in gap["suggested"]]}


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {name: _masked(item) for name, item in value.items()}
    return [_masked(item) for item in value] if isinstance(value, list) else value

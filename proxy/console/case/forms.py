"""What a page of a case sends: read once, with messages for people where it does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar.datastructures import FormMultiDict

from proxy.console.errors import Problem
from proxy.review.dwell import Watched

LONGEST_ANSWER = 8_000
LONGEST_NOTE = 2_000
_LONGEST_DWELL_MS = 12 * 3_600_000


@dataclass(frozen=True, slots=True)
class SentJudgement:
    """``seen`` names the pieces of evidence that were on the screen: ``3-0`` is the first of claim 3."""

    verdict: str
    watched: Watched
    seen: frozenset[str]


def sent_judgement(form: FormMultiDict) -> SentJudgement:
    return SentJudgement(
        verdict=text_of(form, "verdict", 40),
        watched=Watched(
            visible_ms=_milliseconds(form, "visible_ms"),
            focused_ms=_milliseconds(form, "focused_ms"),
            evidence_ms=_milliseconds(form, "evidence_ms"),
        ),
        seen=frozenset(text_of(form, "seen", 2_000).split()),
    )


def text_of(form: Mapping[str, Any], name: str, longest: int) -> str:
    """A field without the white space around it; "" where it was not sent. Raises Problem where it is too long."""
    value = form.get(name)
    text = value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""
    if len(text) > longest:
        raise Problem("That is too long", f"At most {longest:,} characters fit here; shorten it.")
    return text


def _milliseconds(form: FormMultiDict, name: str) -> int:
    """What the page measured; what is no number, or longer than a shift, is nothing."""
    text = text_of(form, name, 20)
    value = int(text) if text.isascii() and text.isdigit() else 0
    return value if value <= _LONGEST_DWELL_MS else 0

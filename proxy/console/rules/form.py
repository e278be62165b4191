"""The form of an urgent rule, read into a rule as a policies file has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from proxy.rules.effects import EFFECTS, Effect
from proxy.rules.problems import PoliciesError

AHEAD_OF_OTHERS = 1000  # as ``cxai rules inject`` writes it
LONGEST = 2000  # characters of a field
HOURS = {"1": "an hour", "4": "4 hours", "24": "a day", "72": "3 days", "168": "a week"}
EXAMPLES = {
    'request.text.contains("price on your website")': "The message has these words, in this very case.",
    "request.about_account": "It asks about the customer’s own account.",
    "request.is_complaint || request.wants_person": "The customer complains, or asks for a person.",
    'request.route == "airline" && request.channel == "voice"': "It comes by this route and this channel.",
    'answer.text.contains("refund")': "The model’s answer has this word.",
    'claims.exists(c, c.document == "airline/bereavement-fares")': "A sentence of the answer rests on this document.",
    'tool_call.name == "issue_refund" && tool_call.arguments.amount > 500': "The model calls this tool with more.",
}
_TEXTS = ("name", "when", "effect", "reason", "owner", "say", "notice", "label", "then")
_FIELDS = (*_TEXTS, "confidence", "topic", "channel", "route", "hours")


def filled(form: Mapping[str, Any]) -> dict[str, str]:
    """What was written into the form, by field; nothing longer than a field may be."""
    return {name: str(form.get(name) or "").strip()[:LONGEST] for name in _FIELDS}


def rule_of(fields: Mapping[str, str], now: datetime, tenant: str | None = None) -> dict[str, Any]:
    """The rule without what is empty; an effect gets only what it takes. ``expires`` is counted from now.

    It is for this tenant's requests alone, where one is given.
    """
    rule: dict[str, Any] = {name: fields[name] for name in ("name", "when", "effect", "reason", "owner")}
    taken = _taken(fields["effect"])
    rule |= {name: fields[name] for name in ("say", "notice", "label", "then") if name in taken}
    if "confidence" in taken and fields["confidence"]:
        rule["confidence"] = _number(fields["confidence"])
    if "topic" in taken:
        rule["topic"] = [line.strip() for line in fields["topic"].splitlines() if line.strip()]
    match = {
        key: [part.strip() for part in fields[key].split(",")] for key in ("channel", "route") if fields[key]
    }
    if tenant is not None:
        match["tenant"] = [tenant]
    if fields["hours"] in HOURS:
        rule["expires"] = (now + timedelta(hours=int(fields["hours"]))).isoformat(timespec="seconds")
    rule |= {"match": match, "priority": AHEAD_OF_OTHERS}
    return {key: value for key, value in rule.items() if value not in ("", None, [], {})}


def told(error: PoliciesError) -> Iterator[str]:
    """What is wrong, a line each, by the form's fields and not by the command line's options."""
    for problem in error.problems:
        place = f"{problem.path}:{problem.line}" if problem.line else problem.path.removeprefix("--")
        yield f"{place}: {problem.message}"


def _taken(effect: str) -> tuple[str, ...]:
    options = EFFECTS.get(Effect(effect)) if effect in list(Effect) else None
    return (*options.needs, *options.takes) if options else ()


def _number(text: str) -> Any:
    """A number where it is one; else the text, of which the reading of rules says what is wrong."""
    try:
        return float(text)
    except ValueError:
        return text

"""Texts within a condition that CEL's types cannot check: states, verdicts, zones of time, regular expressions.

Written wrong they would never be met, or only be found out on a live request.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import get_args
from zoneinfo import available_timezones

from cel_expr_python import cel

from proxy.grounding.types import ClaimKind, Label
from proxy.rules.fact_values import State
from proxy.rules.mistakes import near, suggestion

STATES: tuple[State, ...] = get_args(State)
VERDICTS = (*(label.value for label in Label), "unverified")
KINDS = tuple(kind.value for kind in ClaimKind)

_TEXT = r"(?:\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')"
_COMPARED = rf"\s*(?:==|!=)\s*({_TEXT})|\s+in\s*\[([^\]]*)\]"
# Only what stands right behind a fact, or behind a claim's own name: a call's arguments may be called so too.
_STATE = re.compile(rf"\bcontext\.\w+\.state(?:{_COMPARED})")
_CLAIM = re.compile(rf"(?<![\w.])\w+\.(verdict|kind)(?:{_COMPARED})")
_ZONE = re.compile(
    rf"\.get(?:FullYear|Month|Date|Day\w+|Hours|Minutes|Seconds|Milliseconds)\(\s*({_TEXT})\s*\)"
)
_PATTERN = re.compile(rf"\.matches\(\s*({_TEXT})\s*\)")
_WORDS: Mapping[str, Sequence[str]] = {"verdict": VERDICTS, "kind": KINDS}


def misspelt(text: str, environment: cel.Env) -> Iterator[tuple[int, str]]:
    """Each wrong text's place in the condition, and what is wrong."""
    for found in _STATE.finditer(text):
        yield from _unknown(found, "state", STATES, found[1] or found[2])
    for found in _CLAIM.finditer(text):
        yield from _unknown(found, found[1], _WORDS[found[1]], found[2] or found[3])
    for found in _ZONE.finditer(text):
        if _said(f"timestamp(0).getHours({found[1]})", environment):
            meant = near(found[1][1:-1], sorted(available_timezones()))
            yield found.start(), f"{found[1]} is no time zone{meant or '; write one such as Europe/Zurich'}"
    for found in _PATTERN.finditer(text):
        if wrong := _said(f'"".matches({found[1]})', environment):
            why = wrong.rpartition("invalid regular expression: ")[2]
            yield found.start(), f"{found[1]} is no regular expression: {why}"


def _unknown(
    found: re.Match[str], name: str, allowed: Sequence[str], texts: str
) -> Iterator[tuple[int, str]]:
    for quoted in re.findall(_TEXT, texts):
        if (word := quoted[1:-1]) not in allowed:
            yield found.start(), f'no {name} is called "{word}"{suggestion(word, allowed)}'


def _said(expression: str, environment: cel.Env) -> str:
    """What CEL says against an expression without variables; empty where it has a value."""
    try:
        result = environment.compile(expression).eval(environment.Activation({}))
    except RuntimeError as error:
        return str(error).partition("\n")[0]
    return str(result.value()) if result.type() == cel.Type.ERROR else ""

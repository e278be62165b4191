"""Facts out of JSON, by JMESPath (https://jmespath.org): what is declared, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult

from proxy.context.sources.source import Found
from proxy.rules.context_options import Origin
from proxy.rules.fact_values import LONGEST_TEXT


class JsonFacts:
    """The declared places, compiled once. A fact whose origin names none stands under its own name."""

    def __init__(self, origins: Mapping[str, Origin]) -> None:
        self._places = {
            fact: (
                jmespath.compile(origin.value or fact),
                origin.true_at and jmespath.compile(origin.true_at),
            )
            for fact, origin in origins.items()
        }

    def of(self, data: Any) -> dict[str, Found]:
        return {fact: _found(data, value, true_at) for fact, (value, true_at) in self._places.items()}


def _found(data: Any, value: ParsedResult, true_at: ParsedResult | str | None) -> Found:
    try:
        said = value.search(data)
        since = true_at.search(data) if isinstance(true_at, ParsedResult) else None
    except JMESPathError:
        return Found(problem="stands where the path does not lead: what is there is of another type")
    if any(isinstance(one, str) and len(one.strip()) > LONGEST_TEXT for one in (said, since)):
        return Found(problem=f"stands in a text of more than {LONGEST_TEXT} characters")
    return Found(_emptied(said), _emptied(since))


def _emptied(value: Any) -> Any:
    """Of a list or an object, which can be no fact, only that it is one: caches hold thousands of customers."""
    return type(value)() if isinstance(value, list | dict) else value

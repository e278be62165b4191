"""Which rules and routes name a document that changed, or have a number that did."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from proxy.authoring.changes.diff import Change
from proxy.authoring.changes.differences import Kind
from proxy.rules.policies import Policies

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_TOLD_NUMBERS = 2  # digits from which a number in a rule may be the policy's: "1" stands everywhere


@dataclass(frozen=True, slots=True)
class RuleMention:
    """A rule or route that names a changed document, or has a number that changed. It need not be wrong for that."""

    name: str
    why: str


def rules_that_name(changes: Sequence[Change], policies: Policies) -> list[RuleMention]:
    """Rules and routes in whose text a changed document's id, or a number that changed, stands. A search, no more."""
    substance = [change for change in changes if change.of_substance]
    numbers = {
        number: change
        for change in substance
        if change.kind is Kind.VALUE and change.old
        for number in _NUMBER.findall(change.old)
        if len(number) >= _TOLD_NUMBERS
    }
    documents = dict.fromkeys(
        name for change in substance for name in (change.was_in, change.document) if name
    )
    written = [(f"rule {rule.name}", rule.model_dump(mode="json")) for rule in policies.rules.every]
    routes = [(f"route {route.name}", {"documents": list(route.documents)}) for route in policies.routes]
    return [
        RuleMention(name, why)
        for name, fields in (*written, *routes)
        for why in _mentions(" ".join(_texts(fields)), documents, numbers)
    ]


def _mentions(text: str, documents: Iterable[str], numbers: Mapping[str, Change]) -> Iterator[str]:
    for document in documents:
        # A name such as "refunds" is a word, too: without a folder only the file's name counts.
        named = re.escape(document) + (r"(?![\w/-])" if "/" in document else r"\.md\b")
        if re.search(rf"(?<![\w/-]){named}", text):
            yield f"names {document}"
    found = set(_NUMBER.findall(text))
    for number, change in numbers.items():
        if number.replace(",", "") in {one.replace(",", "") for one in found}:
            yield f"has the number {number}; in {change.document} it changed: {change.words}"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)

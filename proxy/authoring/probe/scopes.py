"""Sentences that are true elsewhere: in another market, or in a version that has been replaced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from random import Random

from proxy.authoring.probe.kinds import Attack
from proxy.authoring.probe.making import Probe, Source
from proxy.corpus.documents import CUSTOMER_AUDIENCE, Document, Passage, Scope
from proxy.corpus.validity import Calendar, successors
from proxy.grounding.values.comparing import same_number
from proxy.grounding.values.finding import Value, ValueKind, values_of

# Values that are somebody's rule; "the first flight" is not.
_TELLING = frozenset(
    {
        ValueKind.MONEY,
        ValueKind.PERCENT,
        ValueKind.DURATION,
        ValueKind.MEASURE,
        ValueKind.TIME,
        ValueKind.DATE,
    }
)


class Scopes:
    """For each document who asks and when, and where else its sentences would be false. ``now`` is an aware moment."""

    def __init__(self, documents: Sequence[Document], passages: Sequence[Passage], now: datetime) -> None:
        self._documents, self._passages = documents, passages
        self._calendar = Calendar(documents)
        self._successors = successors(documents)
        self._now = now
        self._values: dict[Scope, list[Value]] = {}

    def own(self, document: Document) -> Scope | None:
        """The first scope in which the document is in force, from now on; None where its time is over."""
        moment = max(self._now, document.effective_from or self._now)
        place = document.jurisdictions[0] if document.jurisdictions else None
        audience = document.audiences[0] if document.audiences else CUSTOMER_AUDIENCE
        scope = Scope(moment, place, audience)
        return scope if self._calendar.validity(document, scope).in_force else None

    def out_of_scope(self, source: Source, seed: int) -> Iterator[Probe]:
        """The sentence as it is, asked where it does not hold and where nothing in force says its number."""
        random = Random(f"{seed}:scope:{source.document.id}:{source.sentence}")
        for attack, scopes in (
            (Attack.MARKET, self._other_markets(source.document)),
            (Attack.OUTDATED, self._later(source.document)),
        ):
            false = [scope for scope in scopes if self._is_new(source.sentence, scope)]
            if false:
                yield Probe(attack, attack.name.lower(), source.sentence, source, random.choice(false))

    def _other_markets(self, document: Document) -> list[Scope]:
        """The markets of documents in the same folder in which this one does not count."""
        own = self.own(document)
        if own is None or not document.jurisdictions:
            return []
        folder = document.id.rpartition("/")[0]
        near = [one for one in self._documents if one.id.rpartition("/")[0] == folder]
        places = sorted({place for one in near for place in one.jurisdictions})
        scopes = [replace(own, jurisdiction=place) for place in places]
        return [scope for scope in scopes if not self._calendar.validity(document, scope).in_force]

    def _later(self, document: Document) -> list[Scope]:
        """Where the document that replaced this one is in force and this one is not."""
        scopes = (self.own(successor) for successor in self._successors.get(document.id, ()))
        return [scope for scope in scopes if scope and not self._calendar.validity(document, scope).in_force]

    def _is_new(self, sentence: str, scope: Scope) -> bool:
        """Whether the sentence has a value that no text in force in the scope has."""
        if scope not in self._values:
            ids = {document.id for document in self._calendar.in_force(scope)}
            readings = (one.reading for one in self._passages if one.document.id in ids)
            self._values[scope] = [value for reading in readings for value in values_of(reading)]
        known = self._values[scope]
        own = (value for value in values_of(sentence) if value.kind in _TELLING)
        return any(not any(same_number(mine, each) for each in known) for mine in own)

"""Makes probes from documents: true sentences and their rewordings, and false ones that differ in one thing.

Deterministic: what is made of a sentence depends on the seed, the document and the sentence alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from proxy.authoring.edits.checkable_sentences import is_checkable, sentences_in
from proxy.authoring.edits.false_edits import false_edits
from proxy.authoring.edits.true_rewordings import true_rewordings
from proxy.authoring.probe.channels_and_deadlines import retroactive, wrong_channel
from proxy.authoring.probe.kinds import OF_EDIT, Attack
from proxy.corpus.documents import Document, Passage, Scope

_OWN_MAKERS = {Attack.CHANNEL: wrong_channel, Attack.RETROACTIVE: retroactive}
_AS_DOLLARS = str.maketrans("£€", "$$")  # what is checkable is told by the dollar


@dataclass(frozen=True, slots=True)
class Source:
    """A sentence of a document that can be checked, and the passage in which it stands."""

    passage: Passage
    sentence: str

    @property
    def document(self) -> Document:
        return self.passage.document


@dataclass(frozen=True, slots=True)
class Probe:
    """A sentence to put to the guard in ``scope``; ``made_by`` names the edit or rewording of ``source.sentence``."""

    attack: Attack
    made_by: str
    text: str
    source: Source
    scope: Scope

    @property
    def is_true(self) -> bool:
        return self.attack is Attack.NONE


def sources_of(passages: Sequence[Passage]) -> list[Source]:
    """The checkable sentences, each once a document."""
    found: dict[tuple[str, str], Source] = {}
    for passage in passages:
        for sentence in sentences_in(passage):
            if is_checkable(sentence.translate(_AS_DOLLARS)):
                found.setdefault((passage.document.id, sentence), Source(passage, sentence))
    return list(found.values())


def probes_of(source: Source, others: Sequence[str], scope: Scope, seed: int) -> Iterator[Probe]:
    """Every true and false version of one sentence; ``others`` are the document's other sentences."""
    sentence, document = source.sentence, source.document
    random = Random(f"{seed}:{document.id}:{sentence}")
    true = true_rewordings(sentence, random)
    for edit in true:
        yield Probe(Attack.NONE, edit.kind, edit.text, source, scope)
    said = {edit.text for edit in true} | set(others)
    for edit in false_edits(sentence, random, others):
        if edit.text not in said:
            yield Probe(OF_EDIT[edit.kind], edit.kind, edit.text, source, scope)
    for attack, make in _OWN_MAKERS.items():
        text = make(sentence, random, others)
        if text is not None and text not in said:
            yield Probe(attack, make.__name__, text, source, scope)

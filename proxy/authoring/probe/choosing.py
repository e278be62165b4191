"""Chooses which probes are tried: all kinds alike, spread over the documents, the same ones for the same seed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from random import Random

from proxy.authoring.probe.kinds import Attack
from proxy.authoring.probe.making import Probe, Source, probes_of, sources_of
from proxy.authoring.probe.scopes import Scopes
from proxy.corpus.documents import Document, Passage

_TRUE_SHARE = 0.3  # of what is tried: enough to see whether the verifier stops what is right


def make_probes(
    documents: Sequence[Document],
    passages: Sequence[Passage],
    now: datetime,
    *,
    seed: int = 1,
    limit: int | None = None,
    globs: Sequence[str] = ("*",),
) -> list[Probe]:
    """Probes of the documents whose id fits one of ``globs``, at most ``limit``; in the order of the documents."""
    scopes = Scopes(documents, passages, now)
    by_document: dict[str, list[Source]] = defaultdict(list)
    for source in sources_of(passages):
        by_document[source.document.id].append(source)
    made: list[Probe] = []
    for document in documents:
        if any(fnmatchcase(document.id, glob) for glob in globs):
            made += _of_document(document, by_document[document.id], scopes, seed)
    return made if limit is None or len(made) <= limit else _chosen(made, limit, seed)


def _of_document(document: Document, sources: Sequence[Source], scopes: Scopes, seed: int) -> list[Probe]:
    own = scopes.own(document)
    sentences = [source.sentence for source in sources]
    made: list[Probe] = []
    for index, source in enumerate(sources):
        if own is not None:
            others = sentences[:index] + sentences[index + 1 :]
            made += probes_of(source, others, own, seed)
        made += scopes.out_of_scope(source, seed)
    return made


def _chosen(made: Sequence[Probe], limit: int, seed: int) -> list[Probe]:
    """Round by round one of each kind that is left, in an order that the seed shuffles."""
    random = Random(f"{seed}:choosing")
    kinds: dict[Attack, list[int]] = defaultdict(list)
    for number, probe in enumerate(made):
        kinds[probe.attack].append(number)
    for numbers in kinds.values():
        random.shuffle(numbers)
    true = kinds.pop(Attack.NONE, [])[: round(limit * _TRUE_SHARE)]
    kept = list(true)
    while len(kept) < limit and any(kinds.values()):
        for numbers in kinds.values():
            if numbers and len(kept) < limit:
                kept.append(numbers.pop())
    return [made[number] for number in sorted(kept)]

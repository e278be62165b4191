"""Which document of the old state is which of the new one: by id, by what it says, or as its new version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from proxy.corpus.reading import ReadDocument
from proxy.corpus.validity import superseded_id

_SAME_DOCUMENT = 0.5  # of its passages that another one has, from which that one is it under another name

DocumentPair = tuple[ReadDocument, ReadDocument]


@dataclass(frozen=True, slots=True)
class PairedDocuments:
    """``same`` are documents in both states, ``versions`` an old one with the new one beside it that supersedes it.

    ``added`` and ``removed`` stand alone. A document in both states may be called otherwise in the new one.
    """

    same: tuple[DocumentPair, ...]
    versions: tuple[DocumentPair, ...]
    added: tuple[ReadDocument, ...]
    removed: tuple[ReadDocument, ...]


def pair_documents(old: Sequence[ReadDocument], new: Sequence[ReadDocument]) -> PairedDocuments:
    """Every document of both states, in one place each; the old side of a version stands in ``same``, too."""
    before, after = _by_id(old), _by_id(new)
    renamed = _renamed(before, after)
    superseding = _superseding(before, after, renamed)
    now = {id_: renamed.get(id_, id_) for id_ in before}
    known = {*now.values(), *superseding}
    return PairedDocuments(
        same=tuple((before[id_], after[new_id]) for id_, new_id in now.items() if new_id in after),
        versions=tuple((before[target], after[id_]) for id_, target in superseding.items()),
        added=tuple(read for id_, read in after.items() if id_ not in known),
        removed=tuple(before[id_] for id_, new_id in now.items() if new_id not in after),
    )


def _by_id(documents: Sequence[ReadDocument]) -> dict[str, ReadDocument]:
    return {read.document.id: read for read in documents}


def _renamed(before: dict[str, ReadDocument], after: dict[str, ReadDocument]) -> dict[str, str]:
    """The new id of each document that is called otherwise now: it says mostly the same."""
    come = {id_: _readings(read) for id_, read in after.items() if id_ not in before}
    found: dict[str, str] = {}
    for id_, read in before.items():
        if id_ in after:
            continue
        shares = {other: _shared(_readings(read), theirs) for other, theirs in come.items()}
        best = max(shares, key=lambda other: shares[other], default=None)
        if best is not None and shares[best] >= _SAME_DOCUMENT:
            found[id_] = best
            del come[best]
    return found


def _readings(read: ReadDocument) -> frozenset[str]:
    return frozenset(passage.reading for passage in read.passages)


def _shared(mine: frozenset[str], theirs: frozenset[str]) -> float:
    return len(mine & theirs) / max(len(mine), len(theirs), 1)


def _superseding(
    before: dict[str, ReadDocument], after: dict[str, ReadDocument], renamed: dict[str, str]
) -> dict[str, str]:
    """New documents with the old one that each supersedes."""
    by_id = {id_: read.document for id_, read in {**before, **after}.items()}
    come = (id_ for id_ in after if id_ not in before and id_ not in renamed.values())
    targets = {id_: superseded_id(after[id_].document, by_id) for id_ in come}
    return {id_: target for id_, target in targets.items() if target in before and target is not None}

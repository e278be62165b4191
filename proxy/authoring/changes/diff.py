"""What changed between two states of the corpus, statement by statement, in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rapidfuzz.distance import LCSseq

from proxy.authoring.changes.differences import SUBSTANCE, Difference, Entail, Kind, differences
from proxy.authoring.changes.front_changes import front_changes
from proxy.authoring.changes.pairing import Pair, pair_statements
from proxy.authoring.changes.statements import Statement, statements_of
from proxy.corpus.embeddings import TextEmbedder
from proxy.corpus.reading import ReadDocument
from proxy.corpus.validity import superseded_id

_SAME_DOCUMENT = 0.5  # of its statements that another one has, from which that one is it under another name


@dataclass(frozen=True, slots=True)
class Change:
    """One change. ``document`` and ``section`` are those of the new state, of the old one where nothing is left.

    ``line`` counts from 1 in the new state's file, in the old one's where nothing is left, and is None for what
    concerns the whole document. ``old`` and ``new`` are what became what within ``old_text`` and ``new_text``, the
    whole statements. ``was_in`` and ``was_section`` are where the old statement stood, ``quotes`` the passages of the
    old state that say it, as they stand. ``times`` counts the statements that changed in this very way.
    """

    kind: Kind
    document: str
    section: str
    line: int | None
    words: str
    old: str | None = None
    new: str | None = None
    old_text: str = ""
    new_text: str = ""
    was_in: str = ""
    was_section: str = ""
    quotes: tuple[str, ...] = ()
    times: int = 1

    @property
    def of_substance(self) -> bool:
        return self.kind in SUBSTANCE


def corpus_changes(
    old: Sequence[ReadDocument], new: Sequence[ReadDocument], embedder: TextEmbedder, entail: Entail
) -> list[Change]:
    """All changes, by document and line; front matter first in each document.

    A document that ``supersedes`` one of the old state and was not there is compared with that one: a new version in
    a file of its own is a change, not an addition.
    """
    before = {read.document.id: read for read in old}
    after = {read.document.id: read for read in new}
    renamed = _renamed(before, after)
    successors = _successors(before, after, renamed)
    gone = [read for id_, read in before.items() if renamed.get(id_, id_) not in after]
    come = [
        read
        for id_, read in after.items()
        if id_ not in before and id_ not in {*renamed.values(), *successors}
    ]
    found = [*map(_document_added, come), *map(_document_removed, gone)]
    found += _of_documents(before, after, renamed, successors)
    kept = [read for id_, read in before.items() if renamed.get(id_, id_) in after]
    changed_old = _changed(kept, [after[renamed.get(read.document.id, read.document.id)] for read in kept])
    changed_new = [after[renamed.get(read.document.id, read.document.id)] for read in changed_old]
    found += [
        change for pair in zip(changed_old, changed_new, strict=True) for change in _sections_moved(*pair)
    ]
    pairs = pair_statements(statements_of(changed_old), statements_of(changed_new), embedder, renamed)
    found += [change for pair in pairs for change in _of_pair(pair, renamed, entail)]
    for id_, target in successors.items():
        versions = pair_statements(
            statements_of([before[target]]), statements_of([after[id_]]), embedder, {target: id_}
        )
        found += [change for pair in versions for change in _of_pair(pair, {target: id_}, entail)]
    return sorted(_once(found), key=lambda change: (change.document, change.line or 0))


def _changed(old: Sequence[ReadDocument], new: Sequence[ReadDocument]) -> list[ReadDocument]:
    return [
        one
        for one, other in zip(old, new, strict=True)
        if one.document.content_hash != other.document.content_hash
    ]


def _renamed(before: dict[str, ReadDocument], after: dict[str, ReadDocument]) -> dict[str, str]:
    """The new id of each document that is called otherwise now: it says mostly the same."""
    come = {id_: _readings(read) for id_, read in after.items() if id_ not in before}
    found: dict[str, str] = {}
    for id_, read in before.items():
        if id_ in after:
            continue
        mine = _readings(read)
        shares = {
            other: len(mine & theirs) / max(len(mine), len(theirs), 1) for other, theirs in come.items()
        }
        best = max(shares, key=lambda other: shares[other], default=None)
        if best is not None and shares[best] >= _SAME_DOCUMENT:
            found[id_] = best
            del come[best]
    return found


def _readings(read: ReadDocument) -> frozenset[str]:
    return frozenset(passage.reading for passage in read.passages)


def _successors(
    before: dict[str, ReadDocument], after: dict[str, ReadDocument], renamed: dict[str, str]
) -> dict[str, str]:
    """New documents with the old one that they supersede."""
    by_id = {id_: read.document for id_, read in {**before, **after}.items()}
    found = {}
    for id_, read in after.items():
        target = superseded_id(read.document, by_id)
        if id_ not in before and id_ not in renamed.values() and target in before:
            found[id_] = str(target)
    return found


def _of_documents(
    before: dict[str, ReadDocument],
    after: dict[str, ReadDocument],
    renamed: dict[str, str],
    successors: dict[str, str],
) -> Iterator[Change]:
    """Front matter, names, and new versions."""
    for id_, read in before.items():
        now = renamed.get(id_, id_)
        if now not in after:
            continue
        if now != id_:
            yield Change(Kind.MOVED, now, "", None, f"the document was called {id_}", id_, now, was_in=id_)
        for difference in front_changes(read.document, after[now].document):
            yield _front(difference, now, id_)
    for id_, target in successors.items():
        words = f"a new version, which supersedes {target}"
        yield Change(Kind.DOCUMENT_ADDED, id_, "", None, words, target, id_, was_in=target)
        for difference in front_changes(before[target].document, after[id_].document):
            if not difference.words.startswith("supersedes"):
                yield _front(difference, id_, target)


def _front(difference: Difference, document: str, was_in: str) -> Change:
    return Change(
        difference.kind, document, "", None, difference.words, difference.old, difference.new, was_in=was_in
    )


def _document_added(read: ReadDocument) -> Change:
    words = f"a new document, {_length(read)}"
    return Change(Kind.DOCUMENT_ADDED, read.document.id, "", None, words, new=read.document.title)


def _document_removed(read: ReadDocument) -> Change:
    return Change(
        Kind.DOCUMENT_REMOVED,
        read.document.id,
        "",
        None,
        f"the document is gone, {_length(read)}",
        old=read.document.title,
        was_in=read.document.id,
        quotes=tuple(passage.text for passage in read.passages),
    )


def _length(read: ReadDocument) -> str:
    return f"“{read.document.title}” with {len(read.passages)} passages"


def _of_pair(pair: Pair, renamed: dict[str, str], entail: Entail) -> Iterator[Change]:
    here = (pair.new or pair.old)[0]
    quotes = tuple(dict.fromkeys(one.passage.text for one in pair.old))
    base = Change(
        Kind.REWORDED,
        here.document,
        here.section,
        here.line,
        "",
        old_text=pair.old_text,
        new_text=pair.new_text,
        was_in=pair.old[0].document if pair.old else "",
        was_section=pair.old[0].section if pair.old else "",
        quotes=quotes,
    )
    if not pair.both:
        kind, text = (Kind.ADDED, pair.new_text) if pair.new else (Kind.REMOVED, pair.old_text)
        yield replace(base, kind=kind, words=f"“{text}”")
        return
    if moved := _moved(pair.old[0], here, renamed):
        yield replace(base, kind=Kind.MOVED, words=moved)
    if pair.old_text == pair.new_text:
        return
    for each in differences(pair.old_text, pair.new_text, entail):
        yield replace(base, kind=each.kind, words=each.words, old=each.old, new=each.new)


def _sections_moved(old: ReadDocument, new: ReadDocument) -> Iterator[Change]:
    """Sections of both states that stand at another place among the others."""
    before, after = _sections(old), _sections(new)
    mine, theirs = [one for one in before if one in after], [one for one in after if one in before]
    stayed = {
        mine[block.a + at]
        for block in LCSseq.opcodes(mine, theirs).as_matching_blocks()
        for at in range(block.size)
    }
    for section in theirs:
        if section in stayed:
            continue
        place = after.index(section)
        where = f"now before “{after[place + 1]}”" if place + 1 < len(after) else "now the last section"
        yield Change(Kind.MOVED, new.document.id, section, None, where, was_in=old.document.id)


def _sections(read: ReadDocument) -> list[str]:
    return list(dict.fromkeys(one.section for one in statements_of([read])))


def _moved(old: Statement, new: Statement, renamed: dict[str, str]) -> str:
    if renamed.get(old.document, old.document) != new.document:
        return f"from {old.document}, “{old.section}”, to here, “{new.section}”"
    return f"from “{old.section}” to “{new.section}”" if old.section != new.section else ""


def _once(changes: Iterable[Change]) -> list[Change]:
    """The same change in several statements of a section (the words before a list, a section that moved) is one."""
    together: dict[tuple[object, ...], list[Change]] = defaultdict(list)
    for change in changes:
        what: object = change.words if change.kind is Kind.MOVED else (change.old, change.new)
        alone = what == (None, None) or change.kind in (Kind.REWORDED, Kind.VALUE)
        key = (change.document, change.section, change.kind, id(change) if alone else what)
        together[key].append(change)
    return [_one_of(alike) for alike in together.values()]


def _one_of(alike: Sequence[Change]) -> Change:
    quotes = tuple(dict.fromkeys(quote for change in alike for quote in change.quotes))
    return replace(alike[0], times=len(alike), quotes=quotes)

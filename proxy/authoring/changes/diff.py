"""What changed between two states of the corpus, statement by statement, in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rapidfuzz.distance import LCSseq

from proxy.authoring.changes.differences import SUBSTANCE, Difference, Kind, differences
from proxy.authoring.changes.front_changes import front_changes
from proxy.authoring.changes.paired_documents import DocumentPair, pair_documents
from proxy.authoring.changes.pairing import Pair, pair_statements
from proxy.authoring.changes.statements import Statement, statements_of
from proxy.corpus.embeddings import TextEmbedder
from proxy.corpus.reading import ReadDocument
from proxy.grounding.policy.features import Entail


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
    documents = pair_documents(old, new)
    found = [*map(_document_added, documents.added), *map(_document_removed, documents.removed)]
    found += [change for pair in documents.same for change in _of_document(*pair)]
    found += [change for pair in documents.versions for change in _of_version(*pair)]
    changed = [(one, other) for one, other in documents.same if _is_changed(one, other)]
    # What left one changed document may have come into another; a version has its own statements.
    for pairs in (changed, *([pair] for pair in documents.versions)):
        found += _of_statements(pairs, embedder, entail)
    return sorted(_once(found), key=lambda change: (change.document, change.line or 0))


def _is_changed(old: ReadDocument, new: ReadDocument) -> bool:
    return old.document.content_hash != new.document.content_hash


def _of_statements(pairs: Sequence[DocumentPair], embedder: TextEmbedder, entail: Entail) -> list[Change]:
    renamed = {old.document.id: new.document.id for old, new in pairs}
    before, after = ([pair[side] for pair in pairs] for side in (0, 1))
    statements = pair_statements(statements_of(before), statements_of(after), embedder, renamed)
    return [change for pair in statements for change in _of_pair(pair, renamed, entail)]


def _of_document(old: ReadDocument, new: ReadDocument) -> Iterator[Change]:
    """Its name, front matter, and the order of its sections."""
    was, now = old.document.id, new.document.id
    if was != now:
        yield Change(Kind.MOVED, now, "", None, f"the document was called {was}", was, now, was_in=was)
    if _is_changed(old, new):
        yield from (_front(each, now, was) for each in front_changes(old.document, new.document))
        yield from _sections_moved(old, new)


def _of_version(old: ReadDocument, new: ReadDocument) -> Iterator[Change]:
    was, now = old.document.id, new.document.id
    words = f"a new version, which supersedes {was}"
    yield Change(Kind.DOCUMENT_ADDED, now, "", None, words, was, now, was_in=was)
    for each in front_changes(old.document, new.document):
        if not each.words.startswith("supersedes"):
            yield _front(each, now, was)


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

"""Markdown to passages: paragraphs, list items and table rows with their heading path, exact text and lines."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from itertools import zip_longest

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from sentencex import get_sentence_boundaries

from proxy.corpus.documents import PassageKind

LONG_PARAGRAPH = 1000  # characters; the embedder reads about that much
_LINE_END = re.compile(r"\r\n?|\n")  # as markdown-it counts lines
_CONTAINER_MARKS = re.compile(r"[\s>]*(?:(?:[-+*]|\d{1,9}[.)])\s+)*")
_CLOSED = (".", "!", "?", "…")
_ANNOUNCES = re.compile(r"\b(?:following|below|as follows)\b", re.IGNORECASE)
_UNSEEN = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_LISTS = ("bullet_list", "ordered_list")
_INTRODUCED = (*_LISTS, "table")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage before its document is known; fields as in :class:`~proxy.corpus.documents.Passage`.

    ``heading_path`` has the body's headings only.
    """

    kind: PassageKind
    heading_path: tuple[str, ...]
    reading: str
    start: int
    end: int
    line_start: int
    line_end: int


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Parsed:
    """``empty`` are headings with neither text nor a deeper heading below them."""

    pieces: tuple[Piece, ...]
    headings: tuple[Heading, ...]
    empty: tuple[Heading, ...]


def parse_markdown(text: str, body_start: int = 0) -> Parsed:
    """Reads the Markdown in ``text[body_start:]``; offsets and lines of the pieces count in the whole ``text``."""
    tree = SyntaxTreeNode(block_tokens(text, body_start))
    parsed = _Walk(_Source(text)).over(tree)
    # Parents and children hold each other, and while a corpus is read nobody looks for such rings (see lasting.py).
    for node in list(tree.walk()):
        node.children = []
    return parsed


def block_tokens(text: str, body_start: int = 0) -> list[Token]:
    """The parser's tokens of the Markdown in ``text[body_start:]``; their lines (from 0) are those of ``text``."""
    # Empty lines in place of the front matter: the parser's line numbers are then those of the file.
    before = "\n" * len(_LINE_END.findall(text, 0, body_start))
    return _parser().parse(before + text[body_start:])


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


class _Source:
    """The text by lines: where a block that the parser found in some lines begins and ends in characters."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def line_at(self, offset: int) -> int:
        """The line, from 1, that the character stands in."""
        return bisect_right(self._starts, offset)

    def span(self, lines: tuple[int, int], first_line: str | None = None) -> tuple[int, int]:
        """Offsets of the block in ``lines`` (first, and one after the last; from 0), without marks before it.

        ``first_line`` is what the parser read in the first of them: it stands at that line's end.
        """
        start = self._starts[lines[0]]
        last = min(lines[1], len(self._starts)) - 1
        end = self._starts[last + 1] if last + 1 < len(self._starts) else len(self.text)
        end = start + len(self.text[start:end].rstrip())
        line_end = self._starts[lines[0] + 1] if lines[0] + 1 < len(self._starts) else len(self.text)
        line = self.text[start:line_end].rstrip()
        if first_line and line.endswith(first_line):
            return start + len(line) - len(first_line), end
        marks = _CONTAINER_MARKS.match(line)
        return min(start + (marks.end() if marks else 0), end), end


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the walk is: inside which kind of block, and after which words that introduce it."""

    kind: PassageKind = PassageKind.PARAGRAPH
    lead: str = ""


class _Walk:
    """One pass over the tree, in the order of the text."""

    def __init__(self, source: _Source) -> None:
        self._source = source
        self._path: list[Heading] = []
        self._pieces: list[Piece] = []
        self._headings: list[Heading] = []

    def over(self, tree: SyntaxTreeNode) -> Parsed:
        self._blocks(tree.children, _Place())
        return Parsed(tuple(self._pieces), tuple(self._headings), tuple(self._empty_headings()))

    def _blocks(self, nodes: list[SyntaxTreeNode], place: _Place) -> None:
        before = ""  # the reading of the paragraph directly before the block
        for node in nodes:
            before = self._block(node, place, before)

    def _block(self, node: SyntaxTreeNode, place: _Place, before: str) -> str:
        match node.type:
            case "heading" if node.parent is not None and node.parent.is_root:
                self._heading(node)
            case "paragraph" | "heading":
                return self._paragraph(node, place)
            case "bullet_list" | "ordered_list":
                self._list(node, place, before)
            case "table":
                self._table(node, place, before)
            case "blockquote":
                self._blocks(node.children, _Place(PassageKind.QUOTE, place.lead))
            case "fence" | "code_block":
                self._code(node)
            case "html_block":
                self._html(node, place)
        return ""

    def _heading(self, node: SyntaxTreeNode) -> None:
        heading = Heading(int(node.tag[1]), _plain(node), _lines(node)[0] + 1)
        while self._path and self._path[-1].level >= heading.level:
            self._path.pop()
        self._path.append(heading)
        self._headings.append(heading)

    def _paragraph(self, node: SyntaxTreeNode, place: _Place) -> str:
        reading = _plain(node)
        content = node.children[0].content if node.children else ""
        if not reading:
            return ""
        start, end = self._source.span(_lines(node), content.split("\n", 1)[0].rstrip())
        if _only_introduces(node, reading):
            return reading
        if end - start <= LONG_PARAGRAPH:
            self._add(place.kind, _after(place.lead, reading), start, end)
        else:
            self._long_paragraph(place, start, end)
        return reading

    def _long_paragraph(self, place: _Place, start: int, end: int) -> None:
        for part_start, part_end in _sentence_groups(self._source.text, start, end):
            reading = plain_inline(self._source.text[part_start:part_end])
            if reading:
                self._add(place.kind, _after(place.lead, reading), part_start, part_end)

    def _list(self, node: SyntaxTreeNode, place: _Place, before: str) -> None:
        introduction = _introduction(before)
        for item in node.children:
            lead = _after(place.lead, introduction) if introduction else place.lead
            if not lead and not place.lead and self._path and _is_fragment(item):
                lead = f"{self._path[-1].text}:"
            self._item(item, lead)

    def _item(self, item: SyntaxTreeNode, lead: str) -> None:
        """The item's first paragraph stands after the list's introduction, what is nested in it after that."""
        place = _Place(PassageKind.LIST_ITEM, lead)
        if not item.children or item.children[0].type != "paragraph":
            return self._blocks(item.children, place)
        first = self._paragraph(item.children[0], place)
        inner = _Place(PassageKind.LIST_ITEM, _after(lead, first) if first else lead)
        before = first
        for node in item.children[1:]:
            is_list = node.type in _LISTS
            before = self._block(node, inner if is_list else place, "" if is_list else before)
        return None

    def _table(self, node: SyntaxTreeNode, place: _Place, before: str) -> None:
        lead = _after(place.lead, _introduction(before)) if _introduction(before) else place.lead
        rows = [row for part in node.children for row in part.children]
        if not rows:
            return
        heads = [_plain(cell) for cell in rows[0].children]
        for row in rows[1:]:
            reading = _row_reading(heads, [_plain(cell) for cell in row.children])
            if reading:
                start, end = self._source.span(_lines(row))
                self._add(PassageKind.TABLE_ROW, _after(lead, reading), start, end)

    def _code(self, node: SyntaxTreeNode) -> None:
        first, last = _lines(node)
        if node.type == "fence":
            first += 1  # the line with the opening fence says nothing
            last = min(last, first + node.content.count("\n"))
        reading = _one_line(node.content)
        if reading and first < last:
            start, end = self._source.span((first, last))
            self._add(PassageKind.CODE, reading, start, end)

    def _html(self, node: SyntaxTreeNode, place: _Place) -> None:
        reading = _html_text(node.content)
        if reading:
            self._add(place.kind, _after(place.lead, reading), *self._source.span(_lines(node)))

    def _add(self, kind: PassageKind, reading: str, start: int, end: int) -> None:
        start, end = _trimmed(self._source.text, start, end)
        if start == end:
            return
        path = tuple(heading.text for heading in self._path if heading.text)
        lines = self._source.line_at(start), self._source.line_at(end - 1)
        self._pieces.append(Piece(kind, path, reading, start, end, *lines))

    def _empty_headings(self) -> Iterator[Heading]:
        """Headings with no text before the next heading, unless that one is deeper."""
        lines = [piece.line_start for piece in self._pieces]
        for heading, following in zip_longest(self._headings, self._headings[1:]):
            if following and following.level > heading.level:
                continue
            next_text = bisect_right(lines, heading.line)
            if next_text == len(lines) or (following and lines[next_text] >= following.line):
                yield heading


def _lines(node: SyntaxTreeNode) -> tuple[int, int]:
    lines = node.map
    assert lines is not None  # markdown-it gives every block its lines
    return lines


def _after(lead: str, reading: str) -> str:
    return f"{lead} {reading}" if lead else reading


def _introduction(before: str) -> str:
    """The last sentence of the paragraph before a list or table, where it introduces it ("You may bring:")."""
    if not before:
        return ""
    last = before[list(_sentence_starts(before))[-1] :].strip()
    if last.endswith(_CLOSED) and not _ANNOUNCES.search(last):
        return ""
    return last


def _only_introduces(node: SyntaxTreeNode, reading: str) -> bool:
    """Whether a paragraph is but the beginning of the sentences in the list or table below it.

    Such a beginning must not prove anything by itself: "You get a refund only if:" says half of what holds.
    """
    if not reading.endswith(":"):
        return False
    following = node.next_sibling
    if following is None or following.type not in _INTRODUCED:
        return False
    return len(list(_sentence_starts(reading))) == 1


def _is_fragment(item: SyntaxTreeNode) -> bool:
    """Whether a list item is no sentence, so that it says something only under its heading."""
    first = item.children[0] if item.children else None
    return first is not None and first.type == "paragraph" and not _plain(first).endswith((*_CLOSED, ":"))


def _row_reading(heads: list[str], cells: list[str]) -> str:
    """A row with its column heads: ``Fare: Flex. Refund: full.``; empty cells say nothing."""
    said = [
        f"{head.rstrip(':')}: {cell}" if head else cell
        for head, cell in zip(heads, cells, strict=False)
        if cell
    ]
    return " ".join(part if part.endswith(_CLOSED) else f"{part}." for part in said)


def _plain(node: SyntaxTreeNode) -> str:
    """The words of a block with inline content, without Markdown marks, on one line."""
    inline = node.children[0].token if node.children else None
    return _one_line("".join(_words((inline and inline.children) or [])))


def plain_inline(source: str) -> str:
    """The words of some Markdown without its marks, on one line."""
    tokens = _parser().parseInline(_LINE_END.sub("\n", source))
    return _one_line("".join(_words(tokens[0].children or [])))


def _words(tokens: list[Token]) -> Iterator[str]:
    """Struck-through words are no longer said; images say their description."""
    struck = 0
    for token in tokens:
        struck += {"s_open": 1, "s_close": -1}.get(token.type, 0)
        if struck:
            continue
        if token.type in ("text", "code_inline", "image"):
            yield token.content
        elif token.type in ("softbreak", "hardbreak") or token.content.lower().startswith("<br"):
            yield " "


def _one_line(text: str) -> str:
    return _SPACES.sub(" ", text).strip()


def _sentence_starts(text: str) -> Iterator[int]:
    yield 0
    yield from (boundary["start_index"] for boundary in get_sentence_boundaries("en", text)[1:])


def _sentence_groups(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Runs of whole sentences of at most ``LONG_PARAGRAPH`` characters; one longer sentence stays whole."""
    starts = [start + offset for offset in _sentence_starts(text[start:end])]
    ends = [*starts[1:], end]
    group = starts[0]
    for sentence_start, sentence_end in zip(starts, ends, strict=True):
        if sentence_end - group > LONG_PARAGRAPH and sentence_start > group:
            yield _trimmed(text, group, sentence_start)
            group = sentence_start
    yield _trimmed(text, group, end)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    stripped = text[start:end].strip()
    begin = start + text[start:end].find(stripped)
    return begin, begin + len(stripped)


def _html_text(source: str) -> str:
    """The text that a reader of the page sees; comments, scripts and styles are not seen."""
    return _one_line(unescape(_TAG.sub(" ", _UNSEEN.sub(" ", source))))

"""An answer's sentences, list items and table rows, with exact offsets, found while the answer is still arriving.

How a text is cut into pieces never matters: each decision is a pure function of the text from the segment's start to a
fixed distance ahead (sentence_ends.py, markdown_lines.py), and waits until that text is there. What lies between
segments is white space and Markdown marks only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from proxy.grounding.text.markdown_lines import LOOKAHEAD, LineKind, is_marks_line, is_only_marks, line_head
from proxy.grounding.text.readings import ReadingContext
from proxy.grounding.text.sentence_ends import STOPS, is_end, stop_at

LONGEST_SEGMENT = 1_000  # characters; text without any end is cut there, at a space where it has one
_FORGET_AFTER = 1_024  # characters already segmented that are kept before they are dropped


class SegmentKind(StrEnum):
    SENTENCE = "sentence"
    LIST_ITEM = "list_item"
    TABLE_ROW = "table_row"
    HEADING = "heading"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of an answer that is judged by itself; ``answer[start:end] == text`` in characters.

    ``reading`` is what it says by itself: without Markdown marks, a list item after the words that introduce it, a
    table row with its column heads.
    """

    text: str
    start: int
    end: int
    kind: SegmentKind
    reading: str


def segment(text: str) -> list[Segment]:
    """All segments of a whole text, the same as a Segmenter finds in its pieces."""
    segmenter = Segmenter()
    return segmenter.feed(text) + segmenter.finish()


class Segmenter:
    """Takes a text piece by piece and gives its segments as soon as they are certain.

    >>> segmenter = Segmenter()
    >>> [s.text for s in segmenter.feed("Hello! You can claim it within 30 d")]
    ['Hello!']
    >>> [s.text for s in segmenter.finish()]
    ['You can claim it within 30 d']
    """

    def __init__(self) -> None:
        self._text = ""  # what is not yet dropped; its first character is number ``_base`` of the answer
        self._base = 0
        self._position = 0  # everything before it is segmented
        self._scanned = 0  # everything before it holds no end of the current segment
        self._ended = False
        self._at_line_start = True
        self._indent = 0
        self._kind = SegmentKind.SENTENCE
        self._first_in_item = False
        self._fence = ""
        self._in_table = False
        self._line_above = ""
        self._context = ReadingContext()

    def feed(self, text: str) -> list[Segment]:
        """Take the next piece; return the segments that are now certain."""
        self._text += text
        found = (
            self._advance() if _may_settle(text) or len(self._text) - self._scanned > LONGEST_SEGMENT else []
        )
        if self._position > _FORGET_AFTER:
            self._forget()
        return found

    def finish(self) -> list[Segment]:
        """The text has ended: return what was still open."""
        self._ended = True
        return self._advance()

    def _advance(self) -> list[Segment]:
        found: list[Segment] = []
        while self._position < len(self._text):
            before = (self._position, self._scanned, self._at_line_start)
            piece = self._step()
            if piece is not None:
                found.append(piece)
            elif before == (self._position, self._scanned, self._at_line_start):
                break
        return found

    def _forget(self) -> None:
        self._text = self._text[self._position :]
        self._base += self._position
        self._scanned = max(0, self._scanned - self._position)
        self._position = 0

    def _step(self) -> Segment | None:
        """Pass white space, read a line's head, or find the end of the current segment; nothing moves: wait."""
        character = self._text[self._position]
        if character.isspace():
            self._pass_space(character)
            return None
        if self._at_line_start:
            self._read_head()
            return None
        if self._kind in (SegmentKind.SENTENCE, SegmentKind.LIST_ITEM):
            return self._sentence()
        return self._line()

    def _pass_space(self, character: str) -> None:
        if character == "\n":
            self._in_table = self._in_table and not self._at_line_start
            self._at_line_start, self._indent = True, 0
        elif self._at_line_start:
            self._indent += 1
        self._move_to(self._position + 1)

    def _move_to(self, position: int) -> None:
        self._position = position
        self._scanned = max(self._scanned, position)

    def _read_head(self) -> None:
        head = line_head(self._text, self._position, self._ended)
        if head is None:
            return
        if self._fence:
            self._read_fenced(head.kind, head.content)
            return
        if head.kind is LineKind.QUOTE:
            self._move_to(head.content)
            return
        if head.kind is LineKind.MARKS:
            self._read_marks(head.content)
            return
        self._at_line_start = False
        self._in_table = self._in_table and head.kind in (LineKind.TABLE_ROW, LineKind.TEXT)
        if not self._in_table:
            self._context.columns = []
        self._kind = _KINDS[head.kind]
        if head.kind is LineKind.TEXT and self._in_table:
            self._kind = SegmentKind.TABLE_ROW
        if head.kind is LineKind.FENCE:
            self._fence = self._text[self._position : head.content]
        if head.kind is LineKind.LIST_ITEM:
            self._context.open_item(self._indent)
            self._first_in_item = True
        self._move_to(head.content)

    def _read_marks(self, end: int) -> None:
        """A line like ``--- | ---`` makes the line above it the head of a table without outer pipes."""
        if not self._in_table and "|" in self._text[self._position : end] and "|" in self._line_above:
            self._in_table = True
            self._context.head(self._line_above)
        self._at_line_start, self._kind = False, SegmentKind.SENTENCE
        self._move_to(end)

    def _read_fenced(self, kind: LineKind, content: int) -> None:
        self._at_line_start = False
        self._kind = SegmentKind.CODE
        if kind is LineKind.FENCE and self._text.startswith(self._fence, self._position):
            self._fence = ""
            self._move_to(content)

    def _sentence(self) -> Segment | None:
        """Find the next stop that ends the sentence; each stop is decided once."""
        limit = self._position + LONGEST_SEGMENT
        while match := STOPS.search(self._text, self._scanned, limit):
            stop = stop_at(self._text, match.start(), self._ended)
            if stop is None:
                return None
            if is_end(self._text, self._position, stop):
                return self._close(stop.end)
            self._scanned = max(match.start() + 1, stop.end)
        return self._cut(limit)

    def _line(self) -> Segment | None:
        """Headings, table rows and code: the whole line."""
        limit = self._position + LONGEST_SEGMENT
        end = self._text.find("\n", self._scanned, limit)
        if end < 0:
            return self._cut(limit)
        if self._kind is SegmentKind.TABLE_ROW and not self._in_table and not self._read_table_head(end):
            return None
        return self._close(end)

    def _read_table_head(self, end: int) -> bool:
        """Whether the line after a table's first row is there; a line of marks there makes the row the table's head."""
        if end + 1 == len(self._text) and not self._ended:
            return False
        below = end + 1 < len(self._text) and is_marks_line(self._text, end + 1, self._ended)
        if below is None:
            return False
        self._in_table = True
        self._kind = SegmentKind.HEADING if below and self._has_dash(end + 1) else SegmentKind.TABLE_ROW
        self._context.columns = []
        if self._kind is SegmentKind.HEADING:
            self._context.head(self._text[self._position : end])
        return True

    def _has_dash(self, start: int) -> bool:
        return "-" in self._text[start : start + LOOKAHEAD].split("\n", 1)[0]

    def _cut(self, limit: int) -> Segment | None:
        """Close a segment that has grown to its greatest length, or whose text has ended; else wait."""
        if len(self._text) <= limit:
            if self._ended:
                return self._close(len(self._text))
            self._scanned = max(self._scanned, len(self._text))
            return None
        space = max(self._text.rfind(mark, self._position, limit) for mark in " \n\t")
        return self._close(space if space > self._position + LONGEST_SEGMENT // 2 else limit)

    def _close(self, end: int) -> Segment | None:
        """Make the segment up to ``end``; nothing but marks is no segment."""
        start = self._position
        text = self._text[start:end].rstrip()
        self._position, self._scanned = end, end
        if is_only_marks(text):
            return None
        self._line_above = text
        begin = self._base + start
        return Segment(text, begin, begin + len(text), self._kind, self._reading(text))

    def _reading(self, text: str) -> str:
        if self._kind is SegmentKind.LIST_ITEM:
            first, self._first_in_item = self._first_in_item, False
            return self._context.item(text, first)
        if self._kind is SegmentKind.TABLE_ROW:
            return self._context.row(text)
        if self._kind is SegmentKind.CODE:
            return text
        if self._in_table:
            return ", ".join(cell for cell in self._context.columns if cell)
        return self._context.sentence(text)


_KINDS = {
    LineKind.TEXT: SegmentKind.SENTENCE,
    LineKind.HEADING: SegmentKind.HEADING,
    LineKind.LIST_ITEM: SegmentKind.LIST_ITEM,
    LineKind.TABLE_ROW: SegmentKind.TABLE_ROW,
    LineKind.FENCE: SegmentKind.CODE,
}


def _may_settle(text: str) -> bool:
    """Whether a piece can settle anything: words end at white space, and wide stops need none."""
    return any(character.isspace() or character > "⺀" for character in text)

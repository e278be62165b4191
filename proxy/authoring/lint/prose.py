"""A document's sentences as people read them, each with its line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sentencex import get_sentence_boundaries

from proxy.corpus.documents import Passage, PassageKind
from proxy.corpus.markdown import plain_inline

_LINE_END = re.compile(r"\r\n?|\n")
# A line's end ends no sentence, and marks of emphasis hide where one does: "**Refunds.** Within 30 days."
_NO_WORDS = re.compile(r"\r\n?|\n|\*+|(?<!\w)_+|_+(?!\w)")
LONGEST_QUOTE = 200  # characters of a sentence that a message repeats


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, or a table's row with its column heads; ``text`` is on one line and without Markdown marks.

    ``raw`` is how it stands in the file, from ``line`` (counted from 1) on.
    """

    passage: Passage
    text: str
    raw: str
    line: int

    def line_of(self, word: str) -> int:
        """The line in which a word of the sentence stands; its first line where that cannot be told."""
        at = self.raw.casefold().find(word.casefold())
        return self.line + len(_LINE_END.findall(self.raw[: max(at, 0)]))

    @property
    def quote(self) -> str:
        """The sentence in quotation marks, not longer than a message can bear."""
        text = self.text
        return f'"{text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 3].rstrip() + "..."}"'


def sentences_of(passages: Iterable[Passage]) -> Iterator[Sentence]:
    """All sentences in the order of the text; code is none."""
    for passage in passages:
        if passage.kind is PassageKind.TABLE_ROW:
            yield Sentence(passage, passage.reading, passage.text, passage.line_start)
        elif passage.kind is not PassageKind.CODE:
            yield from _sentences(passage)


def _sentences(passage: Passage) -> Iterator[Sentence]:
    words = _NO_WORDS.sub(_spaces, passage.text)
    for boundary in get_sentence_boundaries("en", words):
        span = slice(boundary["start_index"], boundary["end_index"])
        raw, text = passage.text[span], plain_inline(words[span].strip())
        if text:
            start = span.start + len(raw) - len(raw.lstrip())
            line = passage.line_start + len(_LINE_END.findall(passage.text, 0, start))
            yield Sentence(passage, text, raw.strip(), line)


def _spaces(match: re.Match[str]) -> str:
    """As many spaces: offsets stay."""
    return " " * len(match.group())

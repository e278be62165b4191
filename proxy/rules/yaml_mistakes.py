"""Broken YAML in words: for the parser's messages, what is usually the cause, and the way out."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NO_SPACE = re.compile(r"\s*(?:- )?([A-Za-z_]+):[^\s/]")
_QUOTE = 'put the text in quotes, or write ">-" there and the text in the lines below'

_WORDS = (
    (r"'\\t' that cannot start", "a tab stands where spaces belong; indent with spaces"),
    (r"character '(.)' that cannot start", r'a text cannot begin with "\1"; put it in quotes'),
    (r"mapping values are not allowed", f'a text with ": " in it; {_QUOTE}'),
    (
        r"<block end>, but found '<scalar>'",
        f"a text that only begins with a quotation mark or a brace; {_QUOTE}",
    ),
    (
        r"<block end>, but found",
        "the line is indented otherwise than those it belongs to; keys of one entry begin in the same column",
    ),
    (r"tag '!(?!!|tag:)", f'a text cannot begin with "!"; {_QUOTE}'),
    (r"undefined alias", 'a text cannot begin with "*"; put it in quotes'),
    (r"unexpected end of stream", "a quotation mark is not closed"),
    (r"could not find expected ':'", 'it is no "key: value"; is a colon missing, or should it be indented?'),
    (
        r"unknown escape character",
        r"a backslash within double quotation marks; write \\\\ for it, or take single quotes",
    ),
    (r"found another document", '"---" begins another document; a file is one'),
)


def in_words(problem: str, lines: Sequence[str], line: int) -> str:
    """The parser's ``problem`` in this line (from 0), with the way out; as it is where none is known."""
    if "mapping values are not allowed" in problem or "expected ':'" in problem:
        for number in (line, line - 1):
            if 0 <= number < len(lines) and (key := _NO_SPACE.match(lines[number])):
                return f'a space is missing after the colon in line {number + 1}; write "{key[1]}: ..."'
    for pattern, words in _WORDS:
        if found := re.search(pattern, problem):
            return found.expand(words)
    return problem

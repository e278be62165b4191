"""Lists of phrases as regular expressions that can be read: one phrase a line."""

from __future__ import annotations

import re

from proxy.grounding.text.words import stem


def any_of(block: str) -> str:
    """One group that matches any line of the block; each line is a regular expression.

    >>> any_of('''
    ...     thank you
    ...     thanks?
    ... ''')
    '(?:thank you|thanks?)'
    """
    return "(?:" + "|".join(line.strip() for line in block.splitlines() if line.strip()) + ")"


def any_word(block: str) -> str:
    """One group that matches any of the words in the block, which white space separates."""
    return "(?:" + "|".join(block.split()) + ")"


def words_in(block: str) -> frozenset[str]:
    """The words of the block, which white space separates."""
    return frozenset(block.split())


def stems_in(block: str) -> frozenset[str]:
    """The stems of the block's words."""
    return frozenset(map(stem, block.split()))


def phrases(block: str) -> re.Pattern[str]:
    """The lines of the block compiled, whatever the case of the letters."""
    return re.compile(any_of(block), re.IGNORECASE)

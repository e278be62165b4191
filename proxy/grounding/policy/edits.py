"""What was changed in a sentence that is nearly the policy's own: words replaced, negations put in or taken out.

Near-verbatim falsehoods share every word with the text but one; overlap cannot see that one, an edit script can.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from proxy.grounding.policy.concepts import concepts_of
from proxy.grounding.policy.polarity import OPPOSITES
from proxy.grounding.text.words import STOP_WORDS, stem, words_of

MOST_WORDS = 120  # of either sentence; the edit script is quadratic
_LOCAL = 2  # words on either side of a replacement that still is one word changed

_NEGATORS = frozenset("not no never none nothing without neither nor".split())
_CRITICAL = _NEGATORS | frozenset(
    """only also always all any every each both either or and before after until from unless if except must may can
    should least most more less under over up first last even instead per within without another""".split()
)
_CONTRACTIONS = {"can't": "can not", "cannot": "can not", "won't": "will not", "shan't": "shall not"}


@dataclass(frozen=True, slots=True)
class Edits:
    """Counts of local changes from line to claim; ``kept`` is the share of the claim's words that stayed in order."""

    replaced_content: int
    replaced_opposite: int
    critical: int
    negations: int
    kept: float
    longest_run: float
    dropped_tail: float


def edits_between(claim: str, line: str) -> Edits:
    """The edit script from ``line`` to ``claim`` over stems, read for changes that matter."""
    mine, theirs = _stems(claim), _stems(line)
    if not mine or not theirs:
        return Edits(0, 0, 0, 0, 0.0, 0.0, 0.0)
    content = opposite = critical = negations = kept = longest = 0
    last_kept = 0
    for step in Levenshtein.opcodes(theirs, mine):
        old, new = theirs[step.src_start : step.src_end], mine[step.dest_start : step.dest_end]
        if step.tag == "equal":
            kept += len(old)
            longest = max(longest, len(old))
            last_kept = step.src_end
            continue
        negations += (_negative(old) % 2) != (_negative(new) % 2)
        if max(len(old), len(new)) > _LOCAL:
            continue
        critical += bool((set(old) ^ set(new)) & _CRITICAL)
        if step.tag == "replace":
            opposite += any(word in OPPOSITES.get(was, ()) for was in old for word in new)
            content += _is_other_content(old, new)
    tail = (len(theirs) - last_kept) / len(theirs)
    return Edits(content, opposite, critical, negations, kept / len(mine), longest / len(mine), tail)


def _negative(words: list[str]) -> int:
    return sum(word in _NEGATORS for word in words)


def _is_other_content(old: list[str], new: list[str]) -> bool:
    was = {word for word in old if word not in STOP_WORDS}
    now = {word for word in new if word not in STOP_WORDS}
    return bool(was and now) and not set(concepts_of(" ".join(was))) & set(concepts_of(" ".join(now)))


def _stems(text: str) -> list[str]:
    words: list[str] = []
    for word in words_of(text)[:MOST_WORDS]:
        plain = _CONTRACTIONS.get(word) or re.sub(r"n't\Z", " not", word)
        words += [part if part in STOP_WORDS else stem(part) for part in plain.split()]
    return words

"""Small operations on the letters of an English sentence that true rewordings and false edits share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from random import Random

from lemminflect import getAllLemmas, getInflection, getLemma

_FUNCTION_WORDS = frozenset(
    "the a an you your we our it its they their he she if when once after before until unless while"
    " where whether all "
    "any each every some most many both either neither no only this that these those there here to for"
    " from in into on "
    "at by with without as of under over during within per and or but not please upon since because"
    " although what which "
    "who how anyone everyone someone nobody somebody anything everything nothing additionally generally"
    " typically "
    "usually currently another do don be go others such between through via except".split()
)
_NAMES = frozenset(
    "clef slack zoom lever lattice brex expensify notion miro gong workday may march august".split()
)


@dataclass(frozen=True, slots=True)
class Swap:
    """A pattern and what may stand in its place (templates of ``re.Match.expand``)."""

    pattern: re.Pattern[str]
    others: tuple[str, ...]


_TABLES = Path(__file__).with_name("swaps.txt")


@cache
def swap_table(section: str) -> tuple[Swap, ...]:
    """The rows ``pattern => alternative / alternative`` of a [section] of swaps.txt."""
    names: dict[str, str] = {}
    rows, current = [], ""
    for line in _TABLES.read_text(encoding="utf-8").splitlines():
        if line.startswith("[") and line.endswith("]") and " => " not in line:
            current = line[1:-1]
        elif not current and " := " in line:
            name, pattern = line.split(" := ", 1)
            names[f"<{name}>"] = pattern
        elif current == section and " => " in line:
            pattern, others = line.split(" => ", 1)
            rows.append((re.sub(r"<[a-z]+>", lambda name: names.get(name[0], name[0]), pattern), others))
    return _swaps(rows)


def _swaps(rows: Iterable[tuple[str, str]]) -> tuple[Swap, ...]:
    return tuple(
        Swap(re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE), tuple(others.split(" / ")))
        for pattern, others in rows
    )


def words_both_ways(pairs: str) -> tuple[Swap, ...]:
    """From ``"a/b, c/d"``: each word for the other."""
    rows = [tuple(pair.strip().split("/")) for pair in pairs.split(",")]
    return _swaps([(re.escape(a), b) for first in rows for a, b in (first, first[::-1])])


def swapped(text: str, table: Sequence[Swap], random: Random) -> str | None:
    """``text`` with one match of one swap replaced, the articles set right; None where nothing matches."""
    found = [(match, swap) for swap in table for match in swap.pattern.finditer(text)]
    if not found:
        return None
    match, swap = random.choice(found)
    return put(text, match.start(), match.end(), match.expand(random.choice(swap.others)))


def put(text: str, start: int, end: int, new: str) -> str:
    """``text[start:end]`` replaced by ``new``, which takes over its capital; "a" or "an" before it is set right."""
    old = text[start:end]
    if old[:1].isupper() and not old[1:2].isupper():
        new = new[:1].upper() + new[1:]
    before = text[:start]
    article = re.search(r"\b([Aa])(n?) $", before)
    if article and new[:1].isalnum():
        before = before[: article.start()] + article[1] + ("n " if _vowel_sound(new) else " ")
    return re.sub(r"  +", " ", before + new + text[end:])


def _vowel_sound(word: str) -> bool:
    return bool(_AN_BEFORE.match(word))


_AN_BEFORE = re.compile(
    r"(?:8|11\b|18\b|80)|[aeioAEIO](?!ne\b)|u(?!n[ia]|s|t)|U[a-z]|[FHILMNORSX][A-Z]|(?i:hour|honest)"
)


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def lower_start(text: str) -> str:
    """``text`` as it goes on inside a sentence: its first letter small, unless it begins with a name."""
    match = re.match(r"([A-Z][a-z]*)(?:['’](?:t|s|re|ll|ve))?( [A-Z0-9])?", text)
    if match is None or not may_be_small(match[1]):
        return text
    if match[2] and match[1].lower() not in _FUNCTION_WORDS:
        return text
    if re.match(r"[A-Z][\w-]*[A-Z.]", text):
        return text
    return text[0].lower() + text[1:]


@lru_cache(maxsize=50_000)
def may_be_small(word: str) -> bool:
    """Whether a word at the start of a sentence has its capital only from standing there."""
    small = word.lower()
    if small in _FUNCTION_WORDS:
        return True
    if small in _NAMES or len(small) < 3:
        return False
    lemmas = getAllLemmas(small)
    return any(tag in lemmas for tag in ("NOUN", "VERB", "AUX", "ADJ", "ADV"))


@lru_cache(maxsize=10_000)
def inflected(verb: str, tag: str) -> str:
    """A base verb as "VBZ" (third person), "VBD", "VBN" or "VBG"."""
    found: tuple[str, ...] = getInflection(verb, tag)
    return found[0] if found and is_verb(verb) else verb


@lru_cache(maxsize=10_000)
def base_verb(word: str) -> str:
    found: tuple[str, ...] = getLemma(word, "VERB")
    return found[0] if found else word


@lru_cache(maxsize=10_000)
def is_verb(word: str) -> bool:
    """Whether a small word can be a verb in its base form."""
    return word in getAllLemmas(word).get("VERB", ())


@lru_cache(maxsize=20_000)
def content_words(text: str) -> frozenset[str]:
    """The small-letter words of four letters or more, function words left out."""
    return frozenset(re.findall(r"[a-z]{4,}", text.lower())) - _FUNCTION_WORDS

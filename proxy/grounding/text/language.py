"""Whether a text is in the language that the verifier was measured on (English).

Undecided counts as English: "OK!", names and numbers belong to no language, and a wrongly flagged sentence would make a
good answer unverified. So another language is only seen where there is enough text and it is plain.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from proxy.grounding.claims.phrases import words_in

# Languages in Latin script that customers are answered in; fewer candidates make short texts surer.
_CANDIDATES = words_in(
    "en de fr es it pt nl pl tr sv da no fi cs sk hu ro hr id vi ca et lt lv sl sq ms tl sw"
)
_ENGLISH = words_in(
    """the you your is are was were be to of and for with that this have has we our it can will not if when from by
    at as or an i'm we're you're it's i'll you'll i've don't can't there here what which would could should
    please their they them been also any all more than within after before must may sorry thanks thank hello
    how many much why who where does did want need get about because"""
)

SHORTEST_SENTENCE = 3  # words in lower case (the others may be names); less is judged with the text before it
SHORTEST_TEXT = 3  # words; less tells nothing
CONTEXT = 300  # characters of the answer that a short sentence is judged with
SURE_ENGLISH = 0.25  # share of English function words that settles it
LEAST_ENGLISH = 0.12  # probability of English below which a text is another language
MOST_FOREIGN_SCRIPT = 0.3  # share of letters outside the Latin script

_NOT_LANGUAGE = re.compile(r"https?://\S+|www\.\S+|\S+@\S+|`[^`]*`|\S*[\d_]\S*")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def is_measured(text: str, sentence: str | None = None) -> bool:
    """Whether an answer up to and including ``sentence`` is in English, or too short to tell.

    A sentence that is long enough is judged by itself, so that an answer that later turns German is noticed.
    """
    piece = text if sentence is None else sentence
    if _foreign_script(piece) > MOST_FOREIGN_SCRIPT:
        return False
    words = _words(piece)
    if sentence is not None and sum(map(str.islower, words)) < SHORTEST_SENTENCE:
        words = _words(text[-CONTEXT:])
    return len(words) < SHORTEST_TEXT or _is_english(words)


def language_of(text: str) -> str | None:
    """A text's language as ISO 639-1 has it, ``other script`` where it is not Latin; None where it is too short."""
    if _foreign_script(text) > MOST_FOREIGN_SCRIPT:
        return "other script"
    words = _words(text)
    if len(words) < SHORTEST_TEXT:
        return None
    return "en" if _is_english(words) else str(_identifier().rank(" ".join(words))[0][0])


def _is_english(words: list[str]) -> bool:
    known = sum(word.lower().replace("’", "'") in _ENGLISH for word in words)
    if known / len(words) >= SURE_ENGLISH:
        return True
    return english_probability(" ".join(words)) >= LEAST_ENGLISH


def english_probability(text: str) -> float:
    """py3langid's probability that a text in Latin script is English, among the candidate languages."""
    return float(dict(_identifier().rank(text))["en"])


def read_model() -> None:
    """Read the model of languages now, which the first sentence of few common words would else wait for."""
    _identifier()


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    known = set(identifier.labels)
    identifier.set_languages([language for language in _CANDIDATES if language in known])
    # Made anew from what is left: it would keep the tables of all 97 languages, 28 MB, for another choice of them.
    return LanguageIdentifier(
        identifier.nb_ptc,
        identifier.nb_pc,
        identifier.nb_classes,
        identifier.tk_nextmove,
        identifier.tk_output,
        norm_probs=True,
        tk_row=identifier.tk_row,
    )


def _words(text: str) -> list[str]:
    """The words of a text without addresses, codes and numbers, which belong to no language."""
    return _WORD.findall(_NOT_LANGUAGE.sub(" ", text))


def _foreign_script(text: str) -> float:
    """The share of letters that are not Latin."""
    letters = [character for character in text if character.isalpha()]
    foreign = sum(
        character > "ɏ" and not unicodedata.name(character, "").startswith("LATIN") for character in letters
    )
    return foreign / len(letters) if len(letters) >= 2 else 0.0

"""Personal details that Microsoft Presidio finds, beside those that we find ourselves: the extra ``presidio``.

Names of persons and places are found by a spaCy model alone. Without one, a blank pipeline cuts the text into words,
and what is found is what Presidio has patterns for: social security numbers, passports, bank accounts, licences, ...
https://microsoft.github.io/presidio/analyzer/customizing_nlp_models/
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import spacy
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.context_aware_enhancers import LemmaContextAwareEnhancer
from presidio_analyzer.nlp_engine import SpacyNlpEngine
from spacy.language import Language
from spacy.tokens import Doc

LANGUAGE = "en"  # without a model
LEAST_SCORE = 0.4  # what a weak pattern has beside a word that says what it is; alone it fits any number
# What policies speak of has to stay, or no label holds any more: dates, companies, links. Mail addresses we find
# ourselves; Presidio looks each up in a list that it fetches from the network.
NOT_LOOKED_FOR = {"DATE_TIME", "EMAIL_ADDRESS", "NRP", "ORGANIZATION", "URL"}


class NoModel(Exception):
    """The spaCy model is not installed; the text says what to do."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f'there is no spaCy model "{name}" in this Python; install it (python -m spacy download {name}, or '
            "its wheel from https://github.com/explosion/spacy-models/releases), or name the folder of one"
        )


class Presidio:
    """Called with a text, it says which details are in it. ``model`` is a package or a folder. Raises NoModel."""

    def __init__(self, model: str | None = None) -> None:
        # It warns of each label and each language that it does not look for.
        logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
        pipeline = _pipeline(model)
        engine = SpacyNlpEngine()
        engine.nlp = {pipeline.lang: pipeline}  # loaded: by itself it would download what is not there
        self._language = pipeline.lang
        self._analyzer = AnalyzerEngine(
            nlp_engine=engine,
            supported_languages=[pipeline.lang],
            # By parts of words a number after "policy" would be a driver's licence, for the "lic" in it.
            context_aware_enhancer=LemmaContextAwareEnhancer(context_matching_mode="whole_word"),
        )
        known = self._analyzer.get_supported_entities(pipeline.lang)
        self._entities = sorted(set(known) - NOT_LOOKED_FOR)

    def __call__(self, text: str) -> Iterator[str]:
        for found in self._analyzer.analyze(
            text, self._language, entities=self._entities, score_threshold=LEAST_SCORE
        ):
            detail = text[found.start : found.end]
            yield from _names(detail) if found.entity_type == "PERSON" else (detail,)


def _pipeline(model: str | None) -> Language:
    if model is None:
        blank = spacy.blank(LANGUAGE)
        blank.add_pipe("cxai_words")
        return blank
    if not spacy.util.is_package(model) and not Path(model).is_dir():
        raise NoModel(model)
    return spacy.load(model)


def _words(text: Doc) -> Doc:
    """Each word stands for itself: Presidio looks by their lemmas for words such as "passport" before a number."""
    for word in text:
        word.lemma_ = word.lower_
    return text


Language.component("cxai_words", func=_words)


def _names(person: str) -> list[str]:
    """The parts of a name, each for itself, so that "Mia" becomes the same beside "Li" and alone."""
    return [word for word in person.split() if word[0].isupper()] or [person]

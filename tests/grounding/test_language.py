"""An answer in a language that the verifier was not measured on is noticed; English is hardly ever taken for one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from proxy.grounding.text.language import is_measured, language_of

SENTENCES: dict[str, list[str]] = json.loads(
    Path(__file__).with_name("data").joinpath("other_languages.json").read_text()
)
ENGLISH = "You can claim the fare within 30 days of travel. "


@pytest.mark.parametrize("language", SENTENCES)
def test_an_answer_in_another_language_is_not_measured(language: str) -> None:
    missed = [sentence for sentence in SENTENCES[language] if is_measured(sentence, sentence)]
    assert len(missed) <= 1


@pytest.mark.parametrize("language", SENTENCES)
def test_an_english_answer_that_turns_into_another_language_is_noticed(language: str) -> None:
    missed = [sentence for sentence in SENTENCES[language] if is_measured(ENGLISH + sentence, sentence)]
    assert len(missed) <= 4, "only what is too short to tell may pass"


@pytest.mark.parametrize(
    "sentence",
    [
        "OK!",
        "Yes.",
        "No.",
        "Ja!",
        "BambooHR",
        "$1,500",
        "Flight HAT069",
        "Economy: $121",
        "**Passengers:** Omar Davis, Fatima Patel",
        "Kevin Smith (DOB: April 12, 2001)",
        "Gold Plus Saver",
        "Departure: 06:00 AM EST",
        "https://example.com/erstattung/antrag",
        "Write to kundendienst@beispiel.de for a refund.",
        "The Lufthansa Senator lounge in München is open to you.",
        "Voilà, your refund is on its way!",
        "You can pay via iDEAL, Klarna or Überweisung.",
        "",
        "123 456",
        "🎉🎉🎉",
        "Mr. Wang (王伟) is on the booking.",
    ],
)
def test_short_pieces_names_and_borrowed_words_pass_in_an_english_answer(sentence: str) -> None:
    assert is_measured(ENGLISH + sentence, sentence)


def test_a_short_sentence_is_judged_with_what_came_before_it() -> None:
    assert not is_measured("Sie können den Flug innerhalb von 30 Tagen umbuchen. Sehr gerne!", "Sehr gerne!")


def test_without_a_sentence_the_whole_text_counts() -> None:
    assert is_measured(ENGLISH)
    assert not is_measured("Sie können Ihr Geld innerhalb von 30 Tagen zurückverlangen.")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Where is my bag, and when will it be brought to me?", "en"),
        ("¿Dónde está mi maleta y cuándo me la van a traer al hotel?", "es"),
        ("Wo ist mein Koffer, und wann wird er mir gebracht?", "de"),
        ("我的行李在哪里？", "other script"),
        ("OK", None),
    ],
)
def test_a_texts_language_is_named_where_it_is_long_enough(text: str, language: str | None) -> None:
    assert language_of(text) == language

"""What Presidio finds is replaced beside what we find ourselves, the same by the same; what policies speak of stays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.command_line import Cxai, cxai

from proxy.rehearsal.suite.reading import open_suite

__all__ = ["cxai"]

spacy = pytest.importorskip("spacy", reason="the extra `presidio` is not installed")
pytest.importorskip("presidio_analyzer", reason="the extra `presidio` is not installed")

NUMBER = "536-90-4399"
KEPT = "on 2026-12-24 with Example Air costs $450, see https://example.com/fares."


@pytest.fixture
def model(tmp_path: Path) -> str:
    """The folder of a spaCy model that knows two names and one place."""
    made = spacy.blank("en")
    known = {"PERSON": ["Mia Li", "Mia"], "GPE": ["Springfield"], "ORG": ["Example Air"], "CARDINAL": ["two"]}
    ruler = made.add_pipe("entity_ruler")
    ruler.add_patterns(
        [{"label": label, "pattern": text} for label, texts in known.items() for text in texts]
    )
    made.to_disk(tmp_path / "model")
    return str(tmp_path / "model")


def recorded(cxai: Cxai, folder: Path, asked: str, said: str, *options: str) -> tuple[str, str, str]:
    """What was asked and said as the suite has it, and what the command told on stderr."""
    messages = [{"role": "user", "content": asked}, {"role": "assistant", "content": said}]
    (folder / "log.jsonl").write_text(json.dumps({"id": "c1", "messages": messages}), encoding="utf-8")
    ran = cxai("rehearse", "record", "--from", "openai-log", "log.jsonl", "--presidio", *options)
    assert ran.status == 0, ran.err
    (turn,) = open_suite(folder / "suite.jsonl").conversation(0).turns
    return str(turn.messages[0]["content"]), turn.answer.content or "", ran.err


def test_without_a_model_it_finds_what_has_a_pattern_and_says_what_it_does_not(
    cxai: Cxai, tmp_path: Path
) -> None:
    asked, said, told = recorded(
        cxai, tmp_path, f"My social security number is {NUMBER}.", f"Thank you, {NUMBER}. Your flight {KEPT}"
    )
    made = asked.removeprefix("My social security number is ").removesuffix(".")
    assert made != NUMBER and len(made) == len(NUMBER)
    assert said == f"Thank you, {made}. Your flight {KEPT}"
    assert "without --spacy-model Presidio finds no names of persons and places" in told


def test_a_word_before_a_number_says_what_it_is(cxai: Cxai, tmp_path: Path) -> None:
    asked, said, _ = recorded(cxai, tmp_path, "My driver license: 482913.", "By our policy 482914 points do.")
    assert "482913" not in asked and said == "By our policy 482914 points do."


def test_a_model_finds_names_and_places_and_parts_of_a_name_are_the_same(
    cxai: Cxai, tmp_path: Path, model: str
) -> None:
    asked, said, told = recorded(
        cxai,
        tmp_path,
        "We are two: I am Mia Li of Springfield.",
        f"Thank you, Mia. Your flight {KEPT}",
        "--spacy-model",
        model,
    )
    first, last, _, place = asked.removeprefix("We are two: I am ").removesuffix(".").split()
    assert first != "Mia" and last != "Li" and place != "Springfield"
    assert said == f"Thank you, {first}. Your flight {KEPT}" and told == ""


def test_a_model_that_is_not_there_is_named_with_the_way_to_it(cxai: Cxai, tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text("{}\n", encoding="utf-8")
    options = "--presidio", "--spacy-model", "en_core_web_none"
    ran = cxai("rehearse", "record", "--from", "openai-log", "log.jsonl", *options)
    assert ran.status == 2
    assert '--spacy-model: there is no spaCy model "en_core_web_none" in this Python' in ran.err
    assert "python -m spacy download en_core_web_none" in ran.err

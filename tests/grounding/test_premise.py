"""What the entailment model is given to read: the nearest sentences first, no more than it can read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proxy.corpus.documents import Document, Hit, Passage, PassageKind
from proxy.grounding.policy.alignment import Aligned, align, lines_of, weights_of
from proxy.grounding.policy.premise import (
    LONGEST_HYPOTHESIS,
    LONGEST_PREMISE,
    LONGEST_QUESTION,
    LONGEST_WINDOW,
    hypothesis_of,
    premise_of,
    window_of,
)

DOCUMENT = Document("refunds", "refunds.md", "Refunds", "", "0" * 64)
LONG = " ".join(f"Rule {number} is about the matter called thing{number} only." for number in range(1, 40))


def hit(text: str, number: int = 1, heading: tuple[str, ...] = ("Refunds", "Deadlines")) -> Hit:
    passage = Passage(DOCUMENT, number, PassageKind.PARAGRAPH, heading, text, text, 0, len(text), 1, 1)
    return Hit(passage, 1.0, 0.5, 0.5)


def aligned(claim: str, *hits: Hit) -> list[Aligned]:
    lines = lines_of(hits)
    return align(claim, None, lines, weights_of(lines))


def test_the_nearest_passage_comes_first_under_its_headings() -> None:
    found = aligned(
        "Refunds take 5 days.", hit("Bags may weigh 20 kg.", 1), hit("Refunds take up to 5 days.", 2)
    )
    assert premise_of(found) == "Refunds › Deadlines: Refunds take up to 5 days.\nBags may weigh 20 kg."


def test_a_heading_is_read_again_where_it_changes() -> None:
    found = aligned(
        "Refunds take 5 days.",
        hit("Refunds take up to 5 days.", 1),
        hit("Bags may weigh 20 kg.", 2, ("Refunds", "Bags")),
    )
    assert premise_of(found).splitlines()[1] == "Refunds › Bags: Bags may weigh 20 kg."


def test_of_a_long_passage_the_sentences_around_the_nearest_are_read() -> None:
    window = window_of(LONG, "Rule 20 is about the matter called thing20 only.")
    assert "thing20 " in window
    assert "thing1 " not in window
    assert len(window) <= LONGEST_WINDOW


def test_what_does_not_fit_is_left_out_and_the_first_passage_never() -> None:
    found = aligned("thing20", hit(LONG, 1), *(hit(LONG, number) for number in range(2, 9)))
    assert LONGEST_WINDOW / 2 < len(premise_of(found, longest=10)) <= LONGEST_WINDOW + 40
    assert len(premise_of(found)) <= LONGEST_PREMISE + 40


def test_the_question_stands_before_the_claim() -> None:
    assert (
        hypothesis_of("Yes, within 30 days.", "Can I\nreturn it?")
        == "Q: Can I return it? A: Yes, within 30 days."
    )
    assert hypothesis_of("Yes, within 30 days.", None) == "Yes, within 30 days."


@given(st.text(max_size=2000), st.text(max_size=2000))
def test_claim_and_question_are_never_longer_than_the_model_reads(claim: str, question: str) -> None:
    assert len(hypothesis_of(claim, question)) <= LONGEST_HYPOTHESIS + LONGEST_QUESTION + len("Q:  A: ")


@given(st.text(max_size=1500), st.text(max_size=100))
def test_a_window_is_never_longer_than_asked(reading: str, line: str) -> None:
    assert len(window_of(reading, line)) <= LONGEST_WINDOW

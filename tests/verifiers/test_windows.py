"""What a model reads, and that a quote stands where it is said to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.policy import HITS, hits_of

from proxy.verifiers.windows import LONGEST, MOST, evidence_for, quote_in, windows_of

SENTENCES = st.lists(
    st.text("abcdefg ", min_size=1, max_size=400).map(lambda text: f"A {text.strip()}b."),
    min_size=1,
    max_size=12,
)


@given(SENTENCES)
def test_every_sentence_is_in_a_window_and_no_window_is_too_long(sentences: list[str]) -> None:
    hits = hits_of("# Terms\n\n" + " ".join(sentences) + "\n")
    windows = windows_of(hits)
    read = " ".join(window.text for window in windows)
    assert all(" ".join(each.split()) in " ".join(read.split()) for each in sentences)
    assert all(len(window.text) <= LONGEST + len("Terms: ") + 1 for window in windows)


def test_a_claim_has_only_so_many_windows() -> None:
    assert len(windows_of(HITS * 100)) == MOST


@pytest.mark.parametrize("hit", HITS, ids=lambda hit: hit.passage.id)
def test_what_is_quoted_stands_in_the_document(hit) -> None:  # type: ignore[no-untyped-def]
    for window in windows_of([hit]):
        assert evidence_for("refunds within 30 days", window).quote in hit.passage.document.text


@pytest.mark.parametrize("quote", ["", "  ", "is", "paid within", "Refunds are paid within 31 days", "."])
def test_what_is_not_there_or_says_nothing_is_no_quote(quote: str) -> None:
    assert quote_in(HITS[0].passage, quote) is None


WORDS = "Tickets are non-refundable after 24 hours, and you can't change them for less than 1,000 euros each."


@pytest.mark.parametrize(
    "part",
    [
        "ble after 24 hours",
        "refundable after 24 hours",
        "-refundable after 24 hours",
        "Tickets are non",
        "Tickets are non-",
        "Tickets are non-refund",
        "t change them for",
        "hours, and you can",
        "000 euros each",
        "for less than 1",
    ],
)
def test_no_quote_begins_or_ends_inside_a_word(part: str) -> None:
    (hit,) = hits_of(f"# Tickets\n\n{WORDS}\n")
    assert part in WORDS and quote_in(hit.passage, part) is None


@pytest.mark.parametrize(
    "part",
    ["Tickets are non-refundable", "non-refundable after 24 hours", "you can't change", "1,000 euros each"],
)
def test_a_quote_may_begin_and_end_with_any_word(part: str) -> None:
    (hit,) = hits_of(f"# Tickets\n\n{WORDS}\n")
    assert quote_in(hit.passage, part) == part


def test_a_short_passage_may_be_quoted_whole() -> None:
    (hit,) = hits_of("# Fees\n\nNo fees.\n")
    assert quote_in(hit.passage, "No fees.") == "No fees."

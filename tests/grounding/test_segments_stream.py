"""However an answer arrives, its segments and offsets are the same, and nothing checkable lies between them."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.grounding.text.markdown_lines import MARKS
from proxy.grounding.text.segments import LONGEST_SEGMENT, Segment, Segmenter, segment

PIECES = st.sampled_from(
    [
        "You can claim within 30 days.",
        " ",
        "\n",
        "\n\n",
        "\r\n",
        "- ",
        "* ",
        "1. ",
        "12) ",
        "| Fare | Refund |",
        "|---|---|",
        "--- | ---",
        "Fare | Refund",
        "```",
        "```python\n",
        "~~~",
        "## ",
        "> ",
        "e.g. ",
        "Dr. Smith",
        "$1,500.",
        "No. 5",
        "10 a.m.",
        "**",
        "_",
        '"',
        ")",
        "...",
        "?!",
        "。",
        "退款！",
        "é",
        "e\u0301",
        "😀",
        "👩‍👩‍👧",
        "https://example.com/a.b?c=1",
        "the fee is",
        " you",
        "Wait",
        ":",
        "|",
        "#",
        "===",
        "---",
        "\t",
        "\u2028",
        "\u00a0",
        "x" * 60,
        " " * 40,
    ]
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=30).map("".join))
MARKERS = MARKS | set("0123456789.)•◦▪●‣")


def stream(text: str, cuts: list[int]) -> list[Segment]:
    segmenter = Segmenter()
    found: list[Segment] = []
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    for start, end in pairwise(edges):
        found += segmenter.feed(text[start:end])
    return found + segmenter.finish()


@given(TEXTS, st.lists(st.integers(0, 400), max_size=12))
@settings(max_examples=600, deadline=None)
def test_the_way_an_answer_arrives_changes_no_segment(text: str, cuts: list[int]) -> None:
    assert stream(text, cuts) == segment(text)


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_one_character_at_a_time_is_the_same_as_all_at_once(text: str) -> None:
    assert stream(text, list(range(len(text)))) == segment(text)


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_offsets_are_exact_in_order_and_nothing_checkable_lies_between(text: str) -> None:
    position = 0
    for piece in segment(text):
        assert text[piece.start : piece.end] == piece.text != ""
        assert piece.start >= position
        assert is_gap(text[position : piece.start])
        position = piece.end
    assert is_gap(text[position:])


def is_gap(text: str) -> bool:
    return all(character.isspace() or character in MARKERS for character in text)


@given(
    st.integers(LONGEST_SEGMENT - 120, LONGEST_SEGMENT + 120),
    st.sampled_from(["x", "x ", "ab. ", "a\n", "😀", "| a "]),
)
@settings(max_examples=80, deadline=None)
def test_the_longest_segment_is_cut_at_the_same_place(length: int, unit: str) -> None:
    text = (unit * length)[:length]
    pieces = segment(text)
    assert stream(text, list(range(length))) == pieces
    assert all(len(piece.text) <= LONGEST_SEGMENT + 20 for piece in pieces)


def test_a_text_without_any_end_is_still_segmented_while_it_arrives() -> None:
    segmenter = Segmenter()
    found = [piece for _ in range(50) for piece in segmenter.feed("word " * 200)]
    assert len(found) >= 49

"""An answer is cut where a reader would cut it, and each piece reads by itself."""

from __future__ import annotations

import pytest

from proxy.grounding.text.segments import Segmenter, SegmentKind, segment


def texts(answer: str) -> list[str]:
    return [piece.text for piece in segment(answer)]


def readings(answer: str) -> list[str]:
    return [piece.reading for piece in segment(answer)]


@pytest.mark.parametrize(
    "sentence",
    [
        "You get a refund, e.g. for a cancelled flight.",
        "The fee is $1,500.50 per person.",
        "See No. 5 of the rules.",
        "Ask for Dr. Smith or Mrs. J. Jones.",
        "We open at 10 a.m. and close at 6 p.m. on weekdays.",
        "The limit is max. 5 bags of approx. 2.5 kg.",
        "Read https://example.com/a.b?x=1.2 or write to help@example.com.",
        "The U.S. Department of Transportation asks for it.",
        "It costs kr. 375 at St. John's Road.",
        "Wait... what you mean is the fee.",
        "You get it back (e.g. by bank transfer) within 30 days.",
        "We are off on Sat. and Sun. this week.",
        "Version 2.0.1 of section 4.2.1 applies.",
    ],
)
def test_a_full_stop_inside_a_sentence_does_not_end_it(sentence: str) -> None:
    assert texts(f"{sentence} You can claim it.") == [sentence, "You can claim it."]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Hello! How are you? Fine.", ["Hello!", "How are you?", "Fine."]),
        ("It opens at 10 a.m. You can come.", ["It opens at 10 a.m.", "You can come."]),
        ("The limit is 5. You can bring more.", ["The limit is 5.", "You can bring more."]),
        ("**Yes.** You can.", ["**Yes.** You can."]),
        ('He said "no." Then he left.', ['He said "no."', "Then he left."]),
        ("(This is so.) And then.", ["(This is so.)", "And then."]),
        ("您好。我们可以退款！谢谢", ["您好。", "我们可以退款！", "谢谢"]),
        ("One\nTwo", ["One", "Two"]),
        ("First line.\r\nSecond line.\r\n", ["First line.", "Second line."]),
        ("", []),
        (" \n\t ", []),
        ("---\n***\n===", []),
    ],
)
def test_sentences_end_where_a_reader_ends_them(answer: str, expected: list[str]) -> None:
    assert texts(answer) == expected


@pytest.mark.parametrize(
    "wrapped",
    [
        "You can claim the fare within\n30 days of travel.",
        "You can claim the fare\nwithin 30 days.",
        "The fee for the\nFlex fare is $50.",
        "Write to Dr.\nSmith.",
    ],
)
def test_a_wrapped_sentence_is_one_sentence(wrapped: str) -> None:
    assert texts(wrapped) == [wrapped]
    assert "\n" not in readings(wrapped)[0]


def test_list_items_read_after_what_introduces_them() -> None:
    answer = "You need:\n- A **death certificate**.\n- A letter. It must be stamped.\n\nThat is all."
    assert texts(answer) == [
        "You need:",
        "A **death certificate**.",
        "A letter.",
        "It must be stamped.",
        "That is all.",
    ]
    assert readings(answer) == [
        "You need:",
        "You need: A death certificate.",
        "You need: A letter.",
        "It must be stamped.",
        "That is all.",
    ]
    assert [piece.kind for piece in segment(answer)][1] is SegmentKind.LIST_ITEM


def test_nested_items_read_after_all_that_stands_above_them() -> None:
    answer = "Your flights:\n1. **Flight HAT069**\n   - Price: $121\n2. **Flight HAT083**\n   - Price: $100"
    assert readings(answer)[2] == "Your flights: Flight HAT069: Price: $121"
    assert readings(answer)[4] == "Your flights: Flight HAT083: Price: $100"


@pytest.mark.parametrize(
    "table",
    [
        "| Fare | Refund |\n|------|:-----:|\n| Flex | full |\n| Basic | none |\n",
        "Fare | Refund\n--- | ---\nFlex | full\nBasic | none\n",
        "| Fare | Refund |\r\n|---|---|\r\n| Flex | full |\r\n| Basic | none |",
    ],
)
def test_a_tables_rows_read_with_their_column_heads(table: str) -> None:
    rows = [piece for piece in segment(table) if piece.kind is SegmentKind.TABLE_ROW]
    assert [row.reading for row in rows] == ["Fare: Flex. Refund: full.", "Fare: Basic. Refund: none."]
    assert rows[0].text in ("| Flex | full |", "Flex | full")


def test_the_head_of_a_table_is_a_heading_and_its_rule_is_nothing() -> None:
    pieces = segment("| Fare | Refund |\n|---|---|\n| Flex | full |")
    assert [piece.kind for piece in pieces] == [SegmentKind.HEADING, SegmentKind.TABLE_ROW]


def test_heads_of_one_table_are_not_read_into_the_next() -> None:
    pieces = segment("| Fare |\n|---|\n| Flex |\n\nThen:\n\n| Basic | none |")
    assert pieces[-1].reading == "Basic. none."


def test_headings_quotes_and_code_are_segments_without_their_marks() -> None:
    answer = "## Refunds\n> You can claim.\n```python\nx = 1\n```\nDone."
    assert [(piece.kind.value, piece.text) for piece in segment(answer)] == [
        ("heading", "Refunds"),
        ("sentence", "You can claim."),
        ("code", "python"),
        ("code", "x = 1"),
        ("sentence", "Done."),
    ]


def test_links_and_emphasis_do_not_show_in_the_reading() -> None:
    assert readings("See *our* [refund **policy**](https://a.example/x_y) and `code_name`.") == [
        "See our refund policy and code_name."
    ]


@pytest.mark.parametrize(
    ("arrived", "expected"),
    [
        ("You can claim. Then ", ["You can claim."]),
        ("You can claim.\n", ["You can claim."]),
        ("You can claim it.", []),
        ("You can claim.\nThen", ["You can claim."]),
        ("You can claim.\n\n", ["You can claim."]),
        ("您可以退款。我", ["您可以退款。"]),
        ("- One thing\n- ", ["One thing"]),
        ("You can claim e.g. by ", []),
        ("You can claim. The", []),
    ],
)
def test_a_segment_leaves_as_soon_as_the_next_word_shows_that_it_ended(
    arrived: str, expected: list[str]
) -> None:
    segmenter = Segmenter()
    assert [piece.text for character in arrived for piece in segmenter.feed(character)] == expected

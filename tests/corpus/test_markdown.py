"""Markdown to passages: exact text, right lines, and readings that stand by themselves."""

from __future__ import annotations

import gc
import re

from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it.tree import SyntaxTreeNode

from proxy.corpus.documents import PassageKind
from proxy.corpus.markdown import LONG_PARAGRAPH, Piece, parse_markdown


def pieces_of(text: str) -> tuple[Piece, ...]:
    return parse_markdown(text).pieces


def readings_of(text: str) -> list[str]:
    return [piece.reading for piece in pieces_of(text)]


def exact_texts_of(text: str) -> list[str]:
    return [text[piece.start : piece.end] for piece in pieces_of(text)]


def test_a_paragraph_reads_without_its_marks() -> None:
    text = "Refunds are **free** within [14 days](https://example.com),\nsee `Manage`.\n"
    assert readings_of(text) == ["Refunds are free within 14 days, see Manage."]
    assert exact_texts_of(text) == [text.strip()]


def test_struck_text_is_no_longer_said() -> None:
    assert readings_of("Refunds within ~~30~~ 14 days.") == ["Refunds within 14 days."]


def test_list_items_read_after_the_sentence_that_introduces_them() -> None:
    text = "Seats are free. We do not refund:\n\n- seat fees\n- *upgrades*\n"
    assert readings_of(text)[1:] == ["We do not refund: seat fees", "We do not refund: upgrades"]
    assert exact_texts_of(text)[1:] == ["seat fees", "*upgrades*"]


def test_nested_items_read_after_their_parent() -> None:
    text = "We refund:\n\n1. tickets that are\n   - flexible\n   - cancelled by us\n2. fees\n"
    assert readings_of(text) == [
        "We refund: tickets that are",
        "We refund: tickets that are flexible",
        "We refund: tickets that are cancelled by us",
        "We refund: fees",
    ]


def test_a_sentence_that_introduces_nothing_is_not_repeated() -> None:
    assert readings_of("We are closed on Sundays.\n\n- Call us.\n") == [
        "We are closed on Sundays.",
        "Call us.",
    ]


def test_half_a_sentence_proves_nothing_by_itself() -> None:
    assert readings_of("You get a refund only if:\n\n- we cancel\n") == [
        "You get a refund only if: we cancel"
    ]


def test_fragments_without_an_introduction_read_after_their_heading() -> None:
    text = "## Not refundable\n\n- Seat fees\n- Upgrades are not refunded.\n"
    assert readings_of(text) == ["Not refundable: Seat fees", "Upgrades are not refunded."]


def test_table_rows_read_with_their_column_heads() -> None:
    text = "| Fare | Refund | |\n|---|:--:|---|\n| Flex | **full** | no fee |\n| Basic | | |\n"
    assert readings_of(text) == ["Fare: Flex. Refund: full. no fee.", "Fare: Basic."]
    assert exact_texts_of(text) == ["| Flex | **full** | no fee |", "| Basic | | |"]
    assert all(piece.kind is PassageKind.TABLE_ROW for piece in pieces_of(text))


def test_passages_know_their_headings() -> None:
    text = "# A\n\n## B\n\none\n\n### C\n\ntwo\n\n## D\n\nthree\n"
    assert [piece.heading_path for piece in pieces_of(text)] == [("A", "B"), ("A", "B", "C"), ("A", "D")]


def test_quotes_and_code_are_passages_of_their_kind() -> None:
    text = "> We said\n> so.\n\n```json\n{a: 1}\n```\n\n    indented\n"
    pieces = pieces_of(text)
    assert [piece.kind for piece in pieces] == [PassageKind.QUOTE, PassageKind.CODE, PassageKind.CODE]
    assert [piece.reading for piece in pieces] == ["We said so.", "{a: 1}", "indented"]
    assert exact_texts_of(text) == ["We said\n> so.", "{a: 1}", "indented"]


def test_comments_are_not_policy() -> None:
    assert readings_of("<!-- refunds are free -->\n\nFees <!-- 10 --> apply.<br>Always.\n") == [
        "Fees apply. Always."
    ]


def test_html_blocks_read_as_a_visitor_sees_them() -> None:
    assert readings_of("<div>No <b>refunds</b><script>x()</script></div>\n") == ["No refunds"]


def test_lines_count_from_one_and_front_matter_counts_too() -> None:
    text = "---\ntitle: A\n---\n# A\n\nFirst\nstill first.\n\n- item\n"
    paragraph, item = parse_markdown(text, text.index("# A")).pieces
    assert (paragraph.line_start, paragraph.line_end) == (6, 7)
    assert (item.line_start, item.line_end) == (9, 9)


def test_long_paragraphs_are_split_at_sentences() -> None:
    sentence = "A ticket that was bought with points is refunded in points only. "
    text = sentence * 60
    pieces = pieces_of(text)
    assert len(pieces) > 3
    assert all(piece.end - piece.start <= LONG_PARAGRAPH for piece in pieces)
    assert all(piece.reading.endswith("only.") for piece in pieces)
    assert " ".join(piece.reading for piece in pieces) == text.strip()


def test_a_heading_with_nothing_below_it_is_empty() -> None:
    parsed = parse_markdown("# A\n\n## B\n\n## C\n\ntext\n\n# D\n")
    assert [heading.text for heading in parsed.empty] == ["B", "D"]


MARKDOWN = st.lists(
    st.one_of(
        st.text(max_size=30),
        st.sampled_from(
            [
                "# A",
                "## B\n",
                "- item",
                "  - nested",
                "1. one",
                "> quote",
                "| a | b |",
                "|---|---|",
                "| c | d |",
                "```",
            ]
        ),
        st.sampled_from(
            ["", "\r\n", "\r", "\n\n", "\t", "    code", "---", "***", "~~x~~", "<br>", "<!-- c -->", "\0"]
        ),
    ),
    max_size=25,
).map("\n".join)


@settings(max_examples=300, deadline=None)
@given(MARKDOWN)
@example("1. 1\n2. 2")
@example("- - a\n  - b")
@example("> - a\n>\n>   b\n\n\u2028c\x0bd\x85e")
@example("a\r\n\r\nb\rc")
def test_a_passage_is_exactly_its_part_of_the_text(text: str) -> None:
    lines = re.split(r"\r\n?|\n", text)
    for piece in pieces_of(text):
        exact = text[piece.start : piece.end]
        assert 0 <= piece.start < piece.end <= len(text)
        assert exact == exact.strip() != ""
        assert piece.reading.strip()
        assert 1 <= piece.line_start <= piece.line_end <= len(lines)
        ours = "\n".join(lines[piece.line_start - 1 : piece.line_end])
        assert re.sub(r"\r\n?", "\n", exact) in ours


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Z"]), max_size=60))
def test_words_of_a_plain_paragraph_are_all_said(text: str) -> None:
    """What stands in one line of plain letters is said, wherever it stands."""
    words = re.findall(r"[^\W_]+", text)
    plain = " ".join(words)
    if plain and not re.match(r"\d", plain):
        assert readings_of(f"# H\n\n{plain}\n") == [plain]
        assert f"T: {plain}." in readings_of(f"| T |\n|---|\n| {plain} |\n")[0]


def test_nothing_of_the_parsers_tree_is_left_where_nobody_collects_garbage(
    collector_as_shipped: None,
) -> None:
    gc.collect()
    gc.disable()
    try:
        parse_markdown(
            "# Fares\n\n- A *fare* is paid back.\n- Another is not.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
        )
        assert not [one for one in gc.get_objects() if isinstance(one, SyntaxTreeNode)]
    finally:
        gc.enable()

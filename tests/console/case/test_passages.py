"""The policy's text beside a claim: as it stood when the answer was given, marked, with its neighbours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from console.case import moffatt

from proxy.console.case.passages import DocumentsThen, LooseQuote, ShownPassage, shown
from proxy.ledger.ledger import Ledger
from proxy.review.answers import Quote


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with Ledger.open(ledger_url) as opened:
        yield opened


EVIDENCE = Quote(moffatt.DOCUMENT, moffatt.SECTION, moffatt.QUOTE)


def then(ledger: Ledger) -> DocumentsThen:
    return DocumentsThen(ledger, moffatt.record(ledger).versions["corpus"])


def read(passage: ShownPassage) -> str:
    return "\n".join(piece.text for block in passage.near for piece in block.pieces)


def marked(passage: ShownPassage) -> str:
    return "".join(piece.text for block in passage.near for piece in block.pieces if piece.marked)


def test_the_deciding_words_are_marked_in_their_document_with_what_stands_around_them(ledger: Ledger) -> None:
    found = shown(EVIDENCE, then(ledger))
    assert isinstance(found, ShownPassage)
    assert marked(found) == moffatt.QUOTE
    assert (found.title, found.owner) == ("Bereavement fares", "Fares and Ticketing")
    assert "You must apply before you travel." in read(found)  # without the Markdown marks
    assert "Groups of 10 or more are excluded." in read(found)
    line = moffatt.POLICY.splitlines()[found.line_start - 1]
    assert line.startswith(moffatt.QUOTE)


def test_a_tables_row_is_read_with_its_column_heads_marked_or_not(ledger: Ledger) -> None:
    table = "\n## Fees\n\n| Fare | Fee |\n|---|---|\n| Flex | none |\n| Basic | $75 |\n"
    content_hash = moffatt.keep_document(ledger, moffatt.POLICY + table)
    ledger.record(moffatt.decision(), {moffatt.DOCUMENT: content_hash})
    row = Quote(moffatt.DOCUMENT, "Bereavement fares › Fees", "| Flex | none |")
    found = shown(row, DocumentsThen(ledger, moffatt.decision().versions["corpus"]))
    assert isinstance(found, ShownPassage)
    assert marked(found) == "Fare: Flex. Fee: none."
    assert "Fare: Basic. Fee: $75." in read(found)


def test_all_of_the_document_can_be_read_from_there(ledger: Ledger) -> None:
    found = shown(EVIDENCE, then(ledger))
    assert isinstance(found, ShownPassage)
    blocks = [*found.above, *found.near, *found.below]
    assert [block.line_start for block in blocks] == sorted(block.line_start for block in blocks)
    assert [block.heading for block in blocks if block.heading] == [
        "Bereavement fares",
        "How to apply",
        "After travel",
        "Exceptions",
    ]


def test_a_document_that_was_edited_since_is_shown_as_it_stood_then(ledger: Ledger) -> None:
    documents = then(ledger)
    moffatt.keep_document(ledger, moffatt.POLICY.replace("does not apply", "applies gladly"))
    found = shown(EVIDENCE, documents)
    assert isinstance(found, ShownPassage)
    assert "does not apply" in read(found) and "gladly" not in read(found)


def test_a_version_that_is_no_longer_kept_leaves_the_quote_and_says_so(ledger: Ledger) -> None:
    moffatt.record(ledger)
    found = shown(EVIDENCE, DocumentsThen(ledger, "c-gone"))
    assert isinstance(found, LooseQuote)
    assert found.quote == moffatt.QUOTE
    assert "no longer kept" in found.why


def test_a_tools_result_is_a_record_of_the_customers_and_no_document(ledger: Ledger) -> None:
    found = shown(Quote("tool:look_up_booking", None, "fare: flex"), then(ledger))
    assert isinstance(found, LooseQuote)
    assert "customer's own records" in found.why


def test_what_the_system_message_says_is_not_shown(ledger: Ledger) -> None:
    found = shown(Quote("system"), then(ledger))
    assert isinstance(found, LooseQuote)
    assert found.quote == ""

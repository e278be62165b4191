"""Which sentence of the policy a claim is laid beside."""

from __future__ import annotations

from proxy.corpus.documents import Hit
from proxy.corpus.reading import read_content
from proxy.grounding.policy.alignment import align, lines_of, weights_of
from proxy.grounding.policy.edits import edits_between

TEXT = """# Bags

Each passenger may bring **two bags** for free. A third bag costs $50. Bags over 32 kg are not accepted.

| Fare | Bag |
|---|---|
| Light | $30 |
"""


def hits() -> list[Hit]:
    read = read_content("bags.md", TEXT.encode())
    return [Hit(passage, 1.0, 0.5, 1.0) for passage in read.passages]


def test_the_best_line_is_the_sentence_that_says_it() -> None:
    lines = lines_of(hits())
    best = align("The third bag is $50.", None, lines, weights_of(lines))[0]
    assert best.line.text == "A third bag costs $50."


def test_quotes_are_verbatim_though_the_reading_has_no_marks() -> None:
    lines = lines_of(hits())
    assert all(line.quote in TEXT for line in lines)
    assert any("**two bags**" in line.quote for line in lines)


def test_a_table_row_stays_whole() -> None:
    assert any("Light" in line.text and "$30" in line.text for line in lines_of(hits()))


def test_one_changed_word_shows_in_the_edits() -> None:
    edits = edits_between("Cancel after departure.", "Cancel before departure.")
    assert edits.replaced_opposite == 1
    assert edits_between("Cancel before departure.", "Cancel before departure.").critical == 0
    assert edits_between("It is refunded.", "It isn't refunded.").negations == 1

"""Finding by words: forms, accents and ways to write a number do not matter, rare words matter most."""

from __future__ import annotations

import pytest
import Stemmer

from proxy.corpus.lexical import LexicalIndex, words_of

ENGLISH = Stemmer.Stemmer("english")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Refunds refunded REFUND", "refund refund refund"),
        ("café ﬁne", "CAFE fine"),
        ("1,500 euros", "1500 euro"),
        ("20.00", "20"),
        ("You can’t, mustn't", "you cannot must not"),
        ("The fee is on your bill", "fee bill"),
    ],
)
def test_the_same_said_differently_has_the_same_words(one: str, other: str) -> None:
    assert words_of(one, ENGLISH) == words_of(other, ENGLISH)


@pytest.mark.parametrize(
    ("one", "other"), [("1.5 kg", "15 kg"), ("before travel", "after travel"), ("8:30", "830")]
)
def test_what_is_different_has_different_words(one: str, other: str) -> None:
    assert words_of(one, ENGLISH) != words_of(other, ENGLISH)


def test_the_text_with_the_rare_word_scores_highest() -> None:
    texts = ["A fee is due for bags.", "A fee is due for kennels.", "A fee is due.", "!"]
    scores = LexicalIndex([words_of(text, ENGLISH) for text in texts]).scores(words_of("kennel fee", ENGLISH))
    assert list(scores.argsort()[::-1][:1]) == [1]
    assert scores[3] == 0


def test_texts_without_words_and_words_without_texts_score_nothing() -> None:
    assert list(LexicalIndex([[], []]).scores(["fee"])) == [0, 0]
    assert list(LexicalIndex([["fee"]]).scores(["unknown"])) == [0]
    assert list(LexicalIndex([["fee"]]).scores([])) == [0]
    assert len(LexicalIndex([]).scores(["fee"])) == 0

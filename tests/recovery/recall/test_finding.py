"""Whom did we tell this? Whoever was told it in other words is found, and whoever was told something near is not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.told import BEGAN, TODAY, told

from proxy.corpus.documents import Risk
from proxy.ledger.ledger import Ledger
from proxy.models.embedder import Embedder
from proxy.recovery.recall.confirming import Confirming
from proxy.recovery.recall.filling import fill, fill_all
from proxy.recovery.recall.finding import Finder, Found, Search
from proxy.recovery.recall.grouping import grouped

ASKED = "the bereavement fare can be claimed within 90 days after travel"
SAID = {
    "r1": "I am sorry for your loss. You can ask for the bereavement fare up to ninety days after your trip.",
    "r2": "Yes! Even after you have flown, the bereavement fare can be requested within 90 days.",
}
NOT_SAID = {
    "n1": "The bereavement fare cannot be claimed after travel.",
    "n2": "The bereavement fare can be claimed within 30 days after travel.",
    "n3": "A seat can be chosen up to 90 days before travel.",
    "n4": "The bereavement fare has to be claimed 90 days before travel.",
}


def search(ledger: Ledger, embedder: Embedder, text: str = ASKED, **more: object) -> Found:
    list(fill_all(ledger, embedder))
    finder = Finder(ledger, embedder, Confirming.shipped(embedder.embed))
    return finder.find(Search(text, **more))  # type: ignore[arg-type]


def answers_of(found: Found) -> set[str]:
    return {place.response_id for one in found.sentences for place in one.places}


def test_whoever_was_told_it_in_other_words_is_found(ledger: Ledger, embedder: Embedder) -> None:
    for response_id, text in {**SAID, **NOT_SAID}.items():
        ledger.record(told(response_id, text))
    assert answers_of(search(ledger, embedder)) == set(SAID)


def test_a_place_is_where_the_sentence_stands(ledger: Ledger, embedder: Embedder) -> None:
    ledger.record(told("r1", SAID["r1"], customer_id="C-7"))
    (one,) = search(ledger, embedder).sentences
    (place,) = one.places
    assert SAID["r1"][place.begins : place.ends] == one.reading
    assert (place.customer_id, place.conversation_id) == ("C-7", "conversation of r1")


def test_only_answers_of_the_period_and_the_tenant_are_found(ledger: Ledger, embedder: Embedder) -> None:
    for number in range(3):
        ledger.record(told(f"r{number}", SAID["r1"], hours=24 * number))
    ledger.record(told("other", SAID["r1"], tenant="acme"))
    since = BEGAN + timedelta(hours=20)
    assert answers_of(search(ledger, embedder, since=since)) == {"r1", "r2"}
    assert answers_of(search(ledger, embedder, since=since, until=since + timedelta(hours=8))) == {"r1"}
    assert answers_of(search(ledger, embedder, tenant="acme")) == {"other"}


def test_however_much_came_nearer_before_the_period_what_was_said_in_it_is_found(
    ledger: Ledger, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there are more near sentences than are read, a shorter period has fewer."""
    monkeypatch.setattr("proxy.recovery.recall.finding.MOST_CANDIDATES", 2)
    for days in (30, 60, 90):
        ledger.record(
            told(f"n{days}", f"The bereavement fare can be claimed within {days} days after travel.")
        )
    ledger.record(told("late", SAID["r1"], hours=24))
    everything = search(ledger, embedder)
    assert everything.cut and "late" not in answers_of(everything)
    found = search(ledger, embedder, since=BEGAN + timedelta(hours=20))
    assert answers_of(found) == {"late"} and not found.cut
    assert answers_of(search(ledger, embedder, until=BEGAN + timedelta(hours=20))) <= {"n90"}


def test_a_sentence_that_was_said_often_is_kept_once(ledger: Ledger, embedder: Embedder) -> None:
    for number in range(5):
        ledger.record(told(f"r{number}", SAID["r2"]))
    found = search(ledger, embedder)
    assert found.told == 1 and len(found.sentences) == 1 and len(found.sentences[0].places) == 5


def test_filling_ends_and_does_nothing_twice(ledger: Ledger, embedder: Embedder) -> None:
    for number in range(7):
        ledger.record(told(f"r{number}", SAID["r1"] if number % 2 else "", customer_id=f"C-{number}"))
    assert [fill(ledger, embedder, limit=3) for _ in range(4)] == [3, 3, 1, 0]
    assert ledger.sentences.count_missing() == 0


def test_of_an_erased_customer_nothing_is_found(ledger: Ledger, embedder: Embedder) -> None:
    ledger.record(told("r1", SAID["r1"]))
    ledger.record(told("r2", SAID["r2"], customer_id="C-2"))
    assert answers_of(search(ledger, embedder)) == {"r1", "r2"}
    ledger.customers.erase("default", "C-1")
    assert answers_of(search(ledger, embedder)) == {"r2"}
    assert search(ledger, embedder).told == 1  # the other one's


def test_who_was_told_that_it_was_wrong_was_not_told_it_anew(ledger: Ledger, embedder: Embedder) -> None:
    """A correction repeats what was wrong, and stands before the answer that it came with."""
    ours = f"On 1 March 2026 we told you: “{SAID['r2']}” That was not right.\n\n"
    text = f"{ours}{SAID['r1']}"
    first = [{"start": 0, "end": len(ours), "person": False}]
    choice = {
        "choice": 0,
        "model_text": SAID["r1"],
        "delivered_text": text,
        "claims": [],
        "said_first": first,
    }
    ledger.record(told("corrected", text, choices=[choice]))
    (found,) = search(ledger, embedder).sentences
    assert found.reading in SAID["r1"]


def test_what_retention_removes_is_not_found(ledger: Ledger, embedder: Embedder) -> None:
    ledger.record(told("old", SAID["r1"]))
    ledger.record(told("new", SAID["r2"], hours=48))
    assert answers_of(search(ledger, embedder)) == {"old", "new"}
    ledger.purge(BEGAN + timedelta(hours=24))
    found = search(ledger, embedder)
    assert answers_of(found) == {"new"} and found.told == 1


def test_where_no_text_is_kept_nothing_can_be_found(ledger_url: str, embedder: Embedder) -> None:
    with Ledger.open(ledger_url, store_text="none") as ledger:
        ledger.record(told("r1", SAID["r1"]))
        found = search(ledger, embedder)
        assert found.told == 0 and not found.sentences
        assert ledger.sentences.count_missing() == 0


def test_groups_say_the_same_and_the_riskiest_comes_first(ledger: Ledger, embedder: Embedder) -> None:
    claims = [{"start": 0, "end": 200, "evidence": [{"document": "airline/bereavement"}]}]
    texts = ["You pay $10 for a second checked bag.", "The second bag you check is $10."]
    for number, text in enumerate(texts):
        ledger.record(told(f"r{number}", text, customer_id=f"C-{number}", claims=claims))
    found = search(ledger, embedder, "a second checked bag costs $10")
    groups = grouped(found.sentences, lambda document: Risk.HIGH, TODAY)
    assert {place.response_id for one in groups[0].sentences for place in one.places} == {"r0", "r1"}
    assert (groups[0].customers, groups[0].answers, groups[0].severity) == (2, 2, Risk.HIGH)
    assert (groups[0].money, groups[0].currency) == (10, "USD")
    assert [one.risk for one in groups] == sorted((one.risk for one in groups), reverse=True)


@pytest.mark.parametrize("text", ["90 days after travel", "ninety days after travel"])
def test_a_few_words_are_enough(text: str, ledger: Ledger, embedder: Embedder) -> None:
    ledger.record(told("r1", SAID["r1"]))
    ledger.record(told("n1", NOT_SAID["n2"]))
    assert answers_of(search(ledger, embedder, text)) == {"r1"}

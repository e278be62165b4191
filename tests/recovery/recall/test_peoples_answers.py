"""What people answered to cases is found like any answer, also where no answer of the chat has told it."""

from __future__ import annotations

from datetime import timedelta

from recovery.recall.test_finding import SAID, answers_of, search
from support.peoples_answers import CASE_REF, a_persons_answer
from support.reviewing import NOON, claim
from support.told import told

from proxy.ledger.desk.lifecycle import Step
from proxy.ledger.desk.records import Taken
from proxy.ledger.ledger import Ledger
from proxy.models.embedder import Embedder
from proxy.recovery.recall.filling import fill

TOLD = SAID["r1"]


def persons(ledger: Ledger, ref: str = CASE_REF, text: str = TOLD, **more: object) -> str:
    return a_persons_answer(ledger, ref, text, [claim(text)], **more)  # type: ignore[arg-type]


def test_whom_a_person_told_it_is_found_with_their_case(ledger: Ledger, embedder: Embedder) -> None:
    name = persons(ledger)
    ledger.record(told("r2", SAID["r2"]))
    found = search(ledger, embedder)
    assert answers_of(found) == {name, "r2"} and name.startswith(CASE_REF)
    (place,) = [place for one in found.sentences for place in one.places if place.response_id == name]
    assert (place.customer_id, place.conversation_id) == ("c-1", f"talk {CASE_REF}")
    assert TOLD[place.begins : place.ends].startswith("You can ask for the bereavement fare")


def test_where_the_chat_has_told_it_it_is_that_answer_alone(ledger: Ledger, embedder: Embedder) -> None:
    """Entered while it waited for its customer, and told since."""
    name = persons(ledger)
    assert answers_of(search(ledger, embedder)) == {name}
    first = "Ana has answered your question:\n\n"
    text = f"{first}{TOLD}\n\n"
    places = [
        {"start": 0, "end": len(first), "person": False},
        {"start": len(first), "end": len(text), "person": True},
    ]
    choice = {"choice": 0, "model_text": "", "delivered_text": text, "claims": [], "said_first": places}
    ledger.record(told("r-chat", text, choices=[choice], answered_by="ana"))
    ledger.desk.take(Taken(CASE_REF, Step.DELIVER, "cxai", response_id="r-chat"))
    assert answers_of(search(ledger, embedder)) == {"r-chat"}


def test_the_newest_comes_first_whoever_said_it(ledger: Ledger, embedder: Embedder) -> None:
    texts = {"CX-2222-2222": 0, "CX-3333-3333": 48}
    names = [persons(ledger, ref, at=NOON + timedelta(hours=hours)) for ref, hours in texts.items()]
    ledger.record(told("r1", TOLD, hours=48))  # it began on the day before
    (one,) = search(ledger, embedder).sentences
    assert [place.response_id for place in one.places] == [names[1], "r1", names[0]]


def test_another_tenants_and_another_times_are_not_found(ledger: Ledger, embedder: Embedder) -> None:
    name = persons(ledger)
    assert answers_of(search(ledger, embedder, tenant="acme")) == set()
    assert answers_of(search(ledger, embedder, until=NOON)) == set()
    assert answers_of(search(ledger, embedder, since=NOON)) == {name}


def test_filling_ends_and_does_nothing_twice(ledger: Ledger, embedder: Embedder) -> None:
    for number in range(5):
        persons(ledger, f"CX-000{number}-AAAA", TOLD if number % 2 else "!")
    chats = len(ledger.answers())
    assert ledger.sentences.count_missing() == chats + 5
    assert sum(fill(ledger, embedder, limit=4) for _ in range(4)) == chats + 5
    assert fill(ledger, embedder) == ledger.sentences.count_missing() == 0


def test_what_is_masked_once_it_has_left_is_found_where_it_stood(ledger_url: str, embedder: Embedder) -> None:
    with Ledger.open(ledger_url, store_text="masked") as ledger:
        name = persons(ledger, text=f"Write to bo@example.com. {TOLD}")
        before = search(ledger, embedder)
        ledger.desk.take(Taken(CASE_REF, Step.CANCEL, "ana"))
        kept = ledger.desk.answers(CASE_REF)[0].text or ""
        assert "bo@example.com" not in kept and TOLD in kept
        assert answers_of(before) == answers_of(search(ledger, embedder)) == {name}


def test_where_no_text_is_kept_nothing_is_entered(ledger_url: str, embedder: Embedder) -> None:
    with Ledger.open(ledger_url, store_text="none") as ledger:
        persons(ledger)
        assert search(ledger, embedder).told == 0


def test_nothing_of_it_stays_when_its_customer_is_erased_or_its_case_goes(
    ledger: Ledger, embedder: Embedder
) -> None:
    persons(ledger, customer="c-1")
    persons(ledger, "CX-3333-3333", SAID["r2"], customer="c-2")
    both = search(ledger, embedder).told
    ledger.customers.erase("default", "c-1")
    assert 0 < search(ledger, embedder).told < both
    ledger.desk.take(Taken("CX-3333-3333", Step.CANCEL, "ana"), NOON + timedelta(hours=1))
    ledger.purge(NOON + timedelta(days=2))
    assert search(ledger, embedder).told == 0

"""Each recorded turn goes the way of a request, and what comes of it is held against what people found."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from support.rehearsing import CALL, FALSE, TRUE, UNFOUNDED, settle_in, shop, suite_of, told_order, turn

from proxy.commands.rehearsal_worker import RehearsalWorker
from proxy.ledger.ledger import Ledger
from proxy.rehearsal.operators.operator import Scene
from proxy.rehearsal.replay.asking import Answered
from proxy.rehearsal.replay.known_then import KnownThen
from proxy.rehearsal.replay.outcome import Outcome, Sentences, outcome_of
from proxy.rehearsal.replay.plan import Plan
from proxy.rehearsal.replay.playing import Stage
from proxy.rehearsal.replay.summary import summary_of
from proxy.rehearsal.suite.model import KnownFact
from proxy.settings import Settings

HELD = {"open_case": KnownFact(value=True, source="crm")}
BEFORE_ANY_POLICY = "2019-06-01T00:00:00Z"
CONVERSATIONS = [
    shop("true", turn(TRUE, "supported"), turn(TRUE)),
    shop("false", turn(FALSE, "contradicted"), turn(TRUE, "supported")),
    shop("unfounded", turn(UNFOUNDED, "unsupported", needs_person=True)),
    shop("person", turn(TRUE, "supported", needs_person=True)),
    shop("held", turn(TRUE, asked="Where is my refund for order 7?", facts=HELD), turn(TRUE, facts=HELD)),
    shop("tools", turn(None, calls=[CALL]), turn("Your order was sent.", messages=told_order())),
    shop("early", turn(TRUE, at=BEFORE_ANY_POLICY)),
    shop("größe/1", turn(TRUE, "supported")),
]
AS_STREAMS = [
    one.model_copy(
        update={
            "id": f"{one.id} as a stream",
            "turns": tuple(each.model_copy(update={"streamed": True}) for each in one.turns),
        }
    )
    for one in CONVERSATIONS
]
Play = Callable[[str], list[Outcome]]


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    """Plays the conversation of this name in the one worker of the module."""
    folder = tmp_path_factory.mktemp("shop")
    settle_in(folder)
    settings = Settings(corpus=folder / "corpus", policies=folder / "policies", embedding_cache=None)
    worker = RehearsalWorker(settings, Plan(suite_of(folder / "suite.jsonl", *CONVERSATIONS, *AS_STREAMS)))
    names = [one.id for one in (*CONVERSATIONS, *AS_STREAMS)]
    yield lambda name: worker.work(names.index(name))
    worker.close()


def test_a_true_answer_reaches_the_customer_as_it_was(play: Play) -> None:
    first, second = play("true")
    assert (first.decision, first.verified, first.text) == ("deliver", True, TRUE)
    assert first.true_withheld == Sentences(0, 1) and first.false_delivered == Sentences(0, 0)
    assert not first.diverged and not second.after_divergence


def test_a_false_sentence_that_is_put_right_is_a_divergence_and_what_follows_is_marked(play: Play) -> None:
    first, second = play("false")
    assert first.decision == "rewrite" and first.diverged and not first.after_divergence
    assert first.false_delivered == Sentences(0, 1)
    assert second.decision == "deliver" and second.after_divergence and not second.diverged


def test_an_escalation_is_right_where_a_person_was_needed(play: Play) -> None:
    (one,) = play("unfounded")
    assert (one.decision, one.escalated, one.person_missed) == ("escalate", "rightly", False)
    assert "Your reference is {ref}." in one.text


def test_a_person_who_was_needed_and_not_asked_is_missed(play: Play) -> None:
    (one,) = play("person")
    assert one.person_missed is True and one.escalated is None


def test_a_case_that_was_open_then_keeps_automation_away_as_it_does_from_customers(play: Play) -> None:
    about_account, general = play("held")
    assert about_account.decision == "escalate" and general.decision == "deliver"
    assert about_account.had_open_case and general.had_open_case
    assert not about_account.ignored_twice and not general.ignored_twice


@pytest.mark.parametrize(
    ("decision", "about_account", "ignored"),
    [("deliver", True, True), ("rewrite", True, True), ("escalate", True, False), ("deliver", False, False)],
)
def test_automation_that_answers_about_an_account_in_spite_of_an_open_case_ignores_twice(
    decision: str, about_account: bool, ignored: bool
) -> None:
    told = Answered(200, TRUE, decision=decision, verified=True)
    held = turn(TRUE, facts=HELD)
    one = outcome_of("c", 0, held, told, after_divergence=False, about_account=about_account)
    assert one.ignored_twice is ignored


def test_calls_of_tools_leave_and_their_results_prove_what_is_said_of_them(play: Play) -> None:
    calling, told = play("tools")
    assert not calling.diverged and calling.text == ""
    assert (told.decision, told.verified, told.diverged) == ("deliver", True, False)


def test_documents_are_those_of_the_time_when_it_was_asked(play: Play) -> None:
    (one,) = play("early")
    assert one.unverified_reason == "no_corpus"


def test_the_same_comes_of_it_each_time(play: Play) -> None:
    """Cases that an earlier playing made, and names in any letters, change nothing."""
    for name in ("unfounded", "größe/1"):
        assert play(name) == play(name)


@pytest.mark.parametrize("name", [one.id for one in CONVERSATIONS])
def test_a_stream_comes_to_the_same_as_a_whole_answer(play: Play, name: str) -> None:
    streamed = play(f"{name} as a stream")
    assert all(one.streamed and 0 < one.first_ms <= one.latency_ms for one in streamed)
    assert [replace(one, conversation=name, streamed=False) for one in streamed] == play(name)


def test_shares_are_of_what_could_be_known(play: Play) -> None:
    found = summary_of(one for each in CONVERSATIONS for one in play(each.id))
    assert (found.turns, found.conversations) == (12, 8)
    told = {
        name: (found.rate(name).hits, found.rate(name).n) for name in ("false_delivered", "true_withheld")
    }
    assert told == {"false_delivered": (0, 2), "true_withheld": (0, 4)}
    assert (found.rate("person_missed").hits, found.rate("person_missed").n) == (1, 2)
    assert (found.rate("ignored_twice").hits, found.rate("ignored_twice").n) == (0, 2)
    assert (found.rate("escalated_wrongly").hits, found.rate("escalated_wrongly").n) == (0, 1)
    assert found.rate("after_divergence").hits == 2 and found.latency_ms(0.99) > 0


@pytest.mark.parametrize(("busy", "reason"), [(2, None), (3, "timeout")])
async def test_a_turn_that_ran_out_of_time_is_played_again_at_most_twice(
    busy: int, reason: str | None, tmp_path: Path
) -> None:
    """A machine that is as busy as this test wants cannot be had, so that an answer says it was."""
    reasons = iter(["timeout"] * busy + [""])

    async def proxy(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        why = next(reasons).encode()
        headers = [(b"x-cxai-unverified-reason", why)] if why else []
        body = json.dumps({"choices": [{"message": {"content": TRUE}}]}).encode()
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    transport = httpx.ASGITransport(cast(Any, proxy))
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        async with httpx.AsyncClient(transport=transport, base_url="http://proxy") as client:
            (one,) = await Stage(Plan(tmp_path, live=True), client, ledger, KnownThen(), None).play(
                Scene(shop("c1", turn(TRUE)))
            )
    assert one.unverified_reason == reason

"""What surrounds a conversation, played: documents behind, no reviewers, another clock, much said before."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from support.rehearsing import TRUE, UNFOUNDED, settle_in, shop, suite_of, turn

from proxy.commands.rehearsal_worker import RehearsalWorker
from proxy.rehearsal.operators.levels import Level
from proxy.rehearsal.replay.outcome import Outcome
from proxy.rehearsal.replay.plan import Plan
from proxy.settings import Settings

OPERATORS = "old-documents", "reviewers-absent", "time-zones", "long-conversation"
ABOUT_ACCOUNT = "Where is my refund for order 7?"
CONVERSATIONS = [
    shop("first weeks", turn(TRUE, at="2020-02-01T00:00:00Z")),
    shop("later", turn(TRUE, "supported", at="2021-02-01T00:00:00Z")),
    shop("nobody", turn(UNFOUNDED), turn(TRUE, asked=ABOUT_ACCOUNT)),
]
Play = Callable[[str], list[Outcome]]


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    """Plays the conversation of this name, hit by all of these operators."""
    folder = tmp_path_factory.mktemp("shop")
    settle_in(folder)
    settings = Settings(corpus=folder / "corpus", policies=folder / "policies", embedding_cache=None)
    suite = suite_of(folder / "suite.jsonl", *CONVERSATIONS)
    worker = RehearsalWorker(settings, Plan(suite, levels=tuple(Level(one, 1.0) for one in OPERATORS)))
    names = [one.id for one in CONVERSATIONS]
    yield lambda name: worker.work(names.index(name))
    worker.close()


def test_documents_that_are_behind_do_not_know_what_is_new(play: Play) -> None:
    (early,), (later,) = play("first weeks"), play("later")
    assert early.unverified_reason == "no_corpus" and later.verified
    assert later.decision == "deliver" and later.true_withheld.hit == 0


def test_where_nobody_reviews_the_customer_waits_for_people_and_is_not_answered_by_automation(
    play: Play,
) -> None:
    handed_over, waiting = play("nobody")
    assert handed_over.decision == "escalate" and not handed_over.had_open_case
    assert waiting.had_open_case and waiting.decision == "escalate" and not waiting.ignored_twice


def test_what_was_left_open_is_closed_behind_the_conversation(play: Play) -> None:
    assert play("nobody") == play("nobody")

"""Operators change what comes in and never the truth; whom they hit follows from the seed."""

from __future__ import annotations

from random import Random

import pytest
from conftest import ROOT
from support.rehearsing import TRUE, shop, turn

from proxy.intervals import Rate
from proxy.rehearsal.operators.levels import Level, TruthChanged, applied, levels_of, truth_of
from proxy.rehearsal.operators.operator import Operator, Scene
from proxy.rehearsal.operators.registry import OPERATORS
from proxy.rehearsal.suite.model import Answer, Conversation, KnownFact
from proxy.rehearsal.suite.reading import open_suite

SHIPPED = ROOT / "policies" / "rehearsal" / "airline"
FACTS = {"open_case": KnownFact(value=False, age_s=2.0), "tier": KnownFact(value="gold", source="crm")}


@pytest.fixture(scope="module")
def recorded() -> list[Conversation]:
    """The shipped conversations, with facts, which they have not."""
    return [
        one.model_copy(
            update={"turns": tuple(turn.model_copy(update={"facts": FACTS}) for turn in one.turns)}
        )
        for one in open_suite(SHIPPED).conversations()
    ]


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_changes_what_comes_in_and_nothing_that_labels_rest_on(
    name: str, recorded: list[Conversation]
) -> None:
    for seed, one in enumerate(recorded):
        scene = OPERATORS[name].apply(Scene(one), Random(seed))
        assert truth_of(scene.conversation) == truth_of(one)
        assert scene != Scene(one)


def test_an_operator_that_changes_the_truth_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    def lies(scene: Scene, _: Random) -> Scene:
        turns = [one.model_copy(update={"answer": Answer(content="No.")}) for one in scene.conversation.turns]
        return Scene(scene.conversation.model_copy(update={"turns": tuple(turns)}))

    monkeypatch.setitem(OPERATORS, "lies", Operator(lies, 1.0, "a test"))
    with pytest.raises(TruthChanged, match=r'operator "lies" has changed more than what comes in'):
        applied(shop("c1", turn(TRUE)), levels_of(["lies"]), seed=1)


def test_whom_an_operator_hits_follows_from_the_seed_and_not_from_other_operators() -> None:
    def hit(seed: int, *levels: Level) -> list[bool]:
        return ["anger" in applied(shop(f"c{at}", turn(TRUE)), levels, seed)[1] for at in range(400)]

    anger = Level("anger", 0.3)
    first = hit(1, anger)
    found = Rate(sum(first), len(first))
    assert found.low < 0.3 < found.high
    assert first == hit(1, anger) == hit(1, Level("typos", 0.5), anger) != hit(2, anger)


def test_all_operators_come_with_the_shares_that_are_assumed() -> None:
    levels = levels_of(["all"])
    assert [one.operator for one in levels] == list(OPERATORS)
    assert all(0 < one.share < 1 and OPERATORS[one.operator].because for one in levels)


def test_typing_errors_leave_ids_numbers_and_addresses() -> None:
    kept = "mia_li_3668 NO6JO3 mia.lindberg@example.com 2024-05-20 $1234 HAT069"
    one = shop("c1", turn(TRUE, asked=f"{kept} {'reservation cancellation ' * 40}"))
    scene = OPERATORS["typos"].apply(Scene(one), Random(1))
    asked = scene.conversation.turns[0].messages[0]["content"]
    assert asked.startswith(kept) and asked.count("reservation") < 40


def test_a_text_that_is_repeated_comes_out_the_same() -> None:
    question = {"role": "user", "content": "cancellation " * 60}
    one = shop("c1", turn(TRUE, messages=(question,)), turn(TRUE, messages=(question,), continues=False))
    first, again = OPERATORS["typos"].apply(Scene(one), Random(1)).conversation.turns
    assert first.messages == again.messages != (question,)

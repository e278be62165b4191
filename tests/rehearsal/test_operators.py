"""Operators change what comes in and never the truth; whom they hit follows from the seed."""

from __future__ import annotations

from random import Random

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from support.rehearsing import TRUE, shop, turn

from proxy.grounding.claims.kinds import kind_of
from proxy.grounding.text.segments import segment
from proxy.grounding.types import ClaimKind
from proxy.intervals import Rate
from proxy.rehearsal.operators.fitting import fitted
from proxy.rehearsal.operators.levels import Level, LevelError, applied, levels_of
from proxy.rehearsal.operators.operator import Needs, Operator, Scene
from proxy.rehearsal.operators.registry import OPERATORS
from proxy.rehearsal.operators.small_talk import ANSWERS
from proxy.rehearsal.operators.truth import TruthChanged, check_truth
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
        before = Scene(one, starts_s=300.0)
        scene = OPERATORS[name].apply(before, Random(seed))
        check_truth(name, OPERATORS[name], one, scene.conversation)
        assert scene != before


def test_an_operator_that_changes_the_truth_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    def lies(scene: Scene, _: Random) -> Scene:
        turns = [one.model_copy(update={"answer": Answer(content="No.")}) for one in scene.conversation.turns]
        return Scene(scene.conversation.model_copy(update={"turns": tuple(turns)}))

    def relabels(scene: Scene, _: Random) -> Scene:
        turns = [one.model_copy(update={"labels": ()}) for one in scene.conversation.turns]
        return Scene(scene.conversation.model_copy(update={"turns": tuple(turns)}))

    one = shop("c1", turn(TRUE, "supported"))
    monkeypatch.setitem(OPERATORS, "lies", Operator(lies, 1.0, "a test"))
    with pytest.raises(TruthChanged, match=r'operator "lies" has changed more than what comes in'):
        applied(one, levels_of(["lies"]), seed=1)
    monkeypatch.setitem(OPERATORS, "relabels", Operator(relabels, 1.0, "a test"))
    with pytest.raises(TruthChanged, match=r'operator "relabels" has changed labels'):
        applied(one, levels_of(["relabels"]), seed=1)
    monkeypatch.setitem(OPERATORS, "relabels", Operator(relabels, 1.0, "a test", keeps_labels=False))
    assert not applied(one, levels_of(["relabels"]), seed=1)[0].conversation.turns[0].labels


def test_what_is_said_besides_says_nothing_that_could_be_true_or_false() -> None:
    assert {kind_of(piece) for answer in ANSWERS for piece in segment(answer)} == {ClaimKind.NOT_CHECKABLE}


@pytest.mark.parametrize(
    "name", ["typos", "speech", "code-switching", "urgency", "topic-switch", "long-conversation"]
)
def test_ids_and_amounts_that_a_customer_names_stay(name: str) -> None:
    named = "mia_li_3668 NO6JO3 mia.lindberg@example.com 2024-05-20 $1234 HAT069"
    one = shop(
        "c1", turn(TRUE, asked=f"Hello, please {named} because I want {'to know where their fare ' * 9}")
    )
    scene = OPERATORS[name].apply(Scene(one), Random(1))
    assert any(
        all(word in str(said.get("content")) for word in named.split())
        for said in scene.conversation.turns[0].messages
    )


def test_when_the_policy_changes_labels_of_before_are_taken_away_and_those_behind_it_stay() -> None:
    one = shop("c1", *(turn(TRUE, "supported") for _ in range(5)))
    scene = OPERATORS["policy-change"].apply(Scene(one), Random(1))
    assert [len(each.labels) for each in scene.conversation.turns] == [0, 0, 0, 1, 1]
    assert set(scene.documents_behind_s) == {0, 1, 2}


def test_whom_an_operator_hits_follows_from_the_seed_and_not_from_other_operators() -> None:
    def hit(seed: int, *levels: Level) -> list[bool]:
        return ["anger" in applied(shop(f"c{at}", turn(TRUE)), levels, seed)[1] for at in range(400)]

    anger = Level("anger", 0.3)
    first = hit(1, anger)
    found = Rate(sum(first), len(first))
    assert found.low < 0.3 < found.high
    assert first == hit(1, anger) == hit(1, Level("typos", 0.5), anger) != hit(2, anger)


@given(starts_s=st.lists(st.floats(0, 40_000), min_size=2), share=st.floats(0, 1), seed=st.integers(0, 99))
def test_in_a_storm_ten_minutes_come_in_one_and_nobody_comes_later_or_before_others(
    starts_s: list[float], share: float, seed: int
) -> None:
    levels = [Level("storm", share)]
    scenes = [applied(shop("c", turn(TRUE)), levels, seed, at) for at in sorted(starts_s)]
    came = [scene.starts_s for scene, _ in scenes]
    assert came == sorted(came)
    for before, (scene, hit) in zip(sorted(starts_s), scenes, strict=True):
        block = before // 600
        assert scene.starts_s // 600 == block
        assert scene.starts_s - 600 * block == pytest.approx((before % 600) / (10 if hit else 1))
        assert bool(hit) == bool(applied(shop("other", turn(TRUE)), levels, seed, 600 * block)[1])


def test_what_an_operator_needs_is_said_and_all_leaves_out_what_cannot_be_done() -> None:
    with pytest.raises(LevelError, match='"storm" needs --speed'):
        levels_of(["storm"], [Needs.RECORDED])
    possible = [one.operator for one in levels_of(["all"], [])]
    assert "typos" in possible and not {"storm", "cut-stream", "provider-busy"} & set(possible)


@pytest.mark.parametrize("name", [name for name, one in OPERATORS.items() if one.seen and name != "speech"])
def test_what_an_operator_does_is_seen_in_traffic_that_shows_it(
    name: str, recorded: list[Conversation]
) -> None:
    """Spoken messages are known by their channel, which no operator changes."""
    hit = [
        OPERATORS[name].apply(Scene(one), Random(seed)).conversation for seed in range(5) for one in recorded
    ]
    shown, plain = fitted(hit)[name], fitted(recorded)[name]
    assert shown.n == 5 * len(recorded) and (shown.share or 0) > 0.65
    assert (plain.share or 0) < shown.low


def test_shares_are_those_that_traffic_shows_where_it_does() -> None:
    spoken = shop("c1", turn(TRUE)).model_copy(update={"channel": "phone"})
    shown = fitted([spoken, shop("c2", turn(TRUE, facts={})), shop("c3", turn(TRUE, facts=FACTS))])
    assert (shown["speech"].hits, shown["speech"].n) == (1, 3)
    assert (shown["missing-context"].hits, shown["missing-context"].n) == (0, 1)
    shares = {one.operator: one.share for one in levels_of(["all"], fitted=shown)}
    assert shares["speech"] == pytest.approx(1 / 3) and shares["missing-context"] == 0.0
    assert shares["storm"] == OPERATORS["storm"].share
    assert levels_of(["speech=0.5"], fitted=shown) == (Level("speech", 0.5),)


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

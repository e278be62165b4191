"""Equal traffic is not told apart, what was taken away is found, and what is missing is said in words."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import energy_distance
from statsmodels.stats.multitest import multipletests
from support.drawn_traffic import drawn

from proxy.rehearsal.realism.compare import Realism, holm, realism
from proxy.rehearsal.realism.dimensions import DIMENSIONS
from proxy.rehearsal.realism.traffic import Message, Traffic

Slice = Callable[[Message], bool]
SLICES: dict[str, Slice] = {
    "language": lambda message: message.language == "es",
    "length": lambda message: len(message.text.split()) > 12,
    "intents": lambda message: message.intents != 1,
    "completeness": lambda message: message.context != "complete",
    "freshness": lambda message: (message.context_age_s or 0.0) > 300,
    "channel": lambda message: message.channel == "phone",
    "faults": lambda message: message.fault != "none",
}


@pytest.fixture(scope="module")
def pool() -> Traffic:
    return drawn("pool", 1200, np.random.default_rng(1))


def two_samples(pool: Traffic, size: int, random: np.random.Generator) -> tuple[Traffic, Traffic]:
    """Two samples of ``size`` different conversations each."""
    own, order = pool.conversations, random.permutation(1200)
    first, second = (np.flatnonzero(np.isin(own, part)) for part in (order[:size], order[size : 2 * size]))
    return pool.take(first), pool.take(second)


def test_two_samples_of_the_same_traffic_are_hardly_ever_told_apart(pool: Traffic) -> None:
    random = np.random.default_rng(3)
    found = [realism(*two_samples(pool, 30, random), count=99) for _ in range(100)]
    assert sum(any(each.differs for each in one.dimensions) for one in found) <= 8
    assert sum(bool(one.gaps) for one in found) <= 8
    singly = [each.apart.p_value < 0.05 for one in found for each in one.dimensions]
    assert len(singly) == 100 * len(DIMENSIONS) and np.mean(singly) <= 0.08


def test_the_more_of_a_slice_is_taken_away_the_farther_apart(pool: Traffic) -> None:
    """Half of a slice's messages, then all; each trial another pair of samples and another order."""
    random, monotone = np.random.default_rng(5), 0
    for trial in range(100):
        name = list(SLICES)[trial % len(SLICES)]
        suite, live = two_samples(pool, 200, random)
        gone = np.array([SLICES[name](one) for one in suite.messages])
        order = random.random(len(suite))
        distances = [
            distance(name, suite.take(np.flatnonzero(~gone | (order >= share))), live)
            for share in (0.0, 0.5, 1.0)
        ]
        monotone += distances[0] < distances[1] < distances[2]
    assert monotone >= 95


def distance(name: str, suite: Traffic, live: Traffic) -> float:
    only = [each for each in DIMENSIONS if each.name == name]
    return realism(suite, live, dimensions=only, count=1).dimensions[0].apart.distance


def test_of_messages_that_fall_into_kinds_all_are_compared_however_many() -> None:
    """200,000 messages, of which the last hundred conversations alone are Spanish."""
    ours, theirs = conversations(["en"] * 500), conversations(["en"] * 400 + ["es"] * 100)
    # 2 E|X-Y| = 0.4 corners' distances, E|X-X'| = 0, E|Y-Y'| = 0.32
    assert distance("language", ours, theirs) == pytest.approx(0.2, abs=1e-9)


def conversations(languages: list[str]) -> Traffic:
    """As many, with 200 messages each."""
    return Traffic(
        "many",
        tuple(
            Message(f"c{number}", "", language=one)
            for number, one in enumerate(languages)
            for _ in range(200)
        ),
    )


def test_of_more_messages_than_can_be_compared_the_distance_is_still_that_of_all() -> None:
    random = np.random.default_rng(6)
    ours, theirs = random.normal(size=500), random.normal(0.7, 2, size=5000)
    between = np.abs(ours[:, None] - theirs[None]).mean()
    assert distance("topics", placed(ours), placed(theirs)) == pytest.approx(
        energy_distance(ours, theirs) ** 2 / (2 * between), abs=0.01
    )


def placed(vectors: np.ndarray) -> Traffic:
    """Conversations of five messages with these embeddings, (n,)."""
    return Traffic(
        "placed", tuple(Message(f"c{row // 5}", "word") for row in range(len(vectors))), vectors[:, None]
    )


@pytest.fixture(scope="module")
def lacking() -> tuple[Traffic, Traffic, Realism]:
    """A suite of single questions in English, as pilots are, against traffic as it is."""
    random = np.random.default_rng(8)
    curated = drawn("pilot", 150, random)
    rows = [
        row
        for row, one in enumerate(curated.messages)
        if one.intents == 1 and one.language == "en" and one.fault == "none"
    ]
    pilot, live = curated.take(rows), drawn("live", 150, random)
    return pilot, live, realism(pilot, live, count=199)


def test_what_is_missing_is_said_in_words_with_counts_and_intervals(
    lacking: tuple[Traffic, Traffic, Realism],
) -> None:
    pilot, live, found = lacking
    two = next(gap for gap in found.gaps if gap.words == "have 2 intents")
    number = sum(one.intents == 2 for one in live.messages)
    assert (two.live.hits, two.live.n, two.suite.hits, two.suite.n) == (number, len(live), 0, len(pilot))
    low, high = two.live.interval
    assert two.text("live", "suite") == (
        f"{number / len(live):.1%} of live messages have 2 intents ({number} of {len(live)}, {low:.1%} to {high:.1%}),"
        f" the suite has none (0 of {len(pilot)}, 0.0% to {two.suite.interval[1]:.1%});"
        f" {two.wanted} more would close the gap"
    )
    told = {gap.words for gap in found.gaps}
    assert {"are in the language es", "meet the fault 429", "have 2 intents"} <= told
    assert {"language", "intents", "faults"} == {each.name for each in found.dimensions if each.differs}
    assert not {"come by phone", "are in the language en"} & told


def test_suggested_cases_are_real_ones_of_the_kind_and_of_different_conversations(
    lacking: tuple[Traffic, Traffic, Realism],
) -> None:
    _, live, found = lacking
    spanish = next(gap for gap in found.gaps if gap.words == "are in the language es")
    picked = [live.messages[row] for row in spanish.suggested]
    assert len(picked) == 10 and {one.language for one in picked} == {"es"}
    assert len({one.conversation for one in picked}) == 10


def test_adding_what_is_wanted_closes_the_gap(lacking: tuple[Traffic, Traffic, Realism]) -> None:
    pilot, live, found = lacking
    spanish = next(gap for gap in found.gaps if gap.words == "are in the language es")
    rows = [row for row, one in enumerate(live.messages) if one.language == "es"][: spanish.wanted]
    more = Traffic("pilot", (*pilot.messages, *(live.messages[row] for row in rows)))
    assert sum(one.language == "es" for one in more.messages) / len(more) == pytest.approx(
        spanish.live.share, abs=0.01
    )


def test_the_score_falls_and_holds_its_interval(lacking: tuple[Traffic, Traffic, Realism]) -> None:
    _, live, found = lacking
    assert found.score is not None and found.score.low <= found.score.value <= found.score.high < 95
    same = realism(drawn("suite", 150, np.random.default_rng(9)), live, count=199).score
    assert same is not None and same.value > found.score.high
    assert "experimental" in same.text


def test_a_seed_gives_the_same_report(lacking: tuple[Traffic, Traffic, Realism]) -> None:
    pilot, live, found = lacking
    assert realism(pilot, live, count=199) == found


def test_what_nobody_knows_is_said_and_not_called_alike() -> None:
    bare = Traffic("suite", tuple(Message(f"c{number}", "where is my bag") for number in range(30)))
    found = realism(bare, bare, count=19)
    assert set(found.unknown) == {each.name for each in DIMENSIONS} - {"length"}
    assert [each.name for each in found.dimensions] == ["length"] and not found.gaps


def test_of_a_few_messages_no_verdict_is_given() -> None:
    few, many = (
        Traffic(name, tuple(Message(f"{name}{number}", "where is my bag") for number in range(n)))
        for name, n in (("few", 9), ("many", 30))
    )
    [length] = realism(few, many, count=19).dimensions
    assert length.verdict == "too few to tell" and "too few to tell" in length.text
    assert realism(many, many, count=19).dimensions[0].verdict == "no difference is shown"


def test_what_chance_does_is_told_of_what_is_known(pool: Traffic) -> None:
    """Of nine in ten live conversations nobody knows the channel: they say nothing of what chance does."""
    suite, live = two_samples(pool, 60, np.random.default_rng(4))
    unknown = tuple(Message(f"unknown {number}", "word", channel=None) for number in range(540))
    only = [each for each in DIMENSIONS if each.name == "channel"]
    with_them = realism(suite, Traffic("live", (*live.messages, *unknown)), dimensions=only).dimensions[0]
    without = realism(suite, live, dimensions=only).dimensions[0]
    assert with_them.apart.distance == pytest.approx(without.apart.distance)
    assert with_them.apart.by_chance == pytest.approx(without.apart.by_chance, rel=0.2)
    assert with_them.apart.p_value == pytest.approx(without.apart.p_value, abs=0.05)


def test_nothing_is_not_compared() -> None:
    with pytest.raises(ValueError, match="suite has no messages"):
        realism(Traffic("suite", ()), Traffic("live", ()))


def test_holms_adjustment_is_that_of_statsmodels() -> None:
    for p_values in np.random.default_rng(1).random((2, 7)) ** 2:
        assert holm(list(p_values)) == pytest.approx(multipletests(p_values, method="holm")[1])
    assert holm([]) == []

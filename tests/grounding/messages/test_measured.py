"""What docs/quality.md says of messages' signs holds: found and false alarms on messages that nothing was fitted on.

``-s`` prints the figures. The bars are regressions' bars, a little below what was measured.
"""

from __future__ import annotations

import time
from functools import cache
from statistics import median

import pytest
from benchmarks.measure_messages import (
    HELD_OUT,
    Message,
    false_alarms,
    found,
    read_messages,
    rows_of,
    topic_rates,
)
from support.once import really_judged

from proxy.grounding.messages.signs import signs_of
from proxy.models.embedder import Embedder

# At least so many are found, and at most so many of the others are taken for it.
BARS = {
    ("held_out", "wants_person"): (0.86, 0.03),
    ("held_out", "is_complaint"): (0.78, 0.04),
    ("held_out", "about_account"): (0.88, 0.14),
    ("test", "wants_person"): (0.76, 0.035),
    ("fresh", "wants_person"): (0.84, 0.04),
    ("test", "is_complaint"): (0.71, 0.04),
    ("test", "about_account"): (0.85, 0.18),
}
TOPICS = (0.91, 0.07)
MOST_TIMES_THE_ENCODER = 3


@cache
def messages_of(split: str) -> list[Message]:
    return read_messages(split, Embedder.load())


@pytest.mark.parametrize(("split", "sign"), BARS)
def test_signs_are_found_as_often_as_documented(split: str, sign: str) -> None:
    least, _ = BARS[split, sign]
    rate = found(messages_of(split), sign)
    print(f"\n{split} {sign}: found {rate}")
    assert rate.share >= least, rate


@pytest.mark.parametrize(("split", "sign"), BARS)
def test_false_alarms_are_as_rare_as_documented(split: str, sign: str) -> None:
    _, most = BARS[split, sign]
    rate = false_alarms(messages_of(split), sign)
    print(f"\n{split} {sign}: false alarms {rate}")
    assert rate.share <= most, rate


def test_messages_about_an_open_case_are_told_from_others_as_documented(embedder: Embedder) -> None:
    about, other = topic_rates("test", embedder)
    assert about.share >= TOPICS[0], about
    assert other.share <= TOPICS[1], other


def test_half_of_the_messages_are_near_misses_and_no_family_is_in_two_parts() -> None:
    rows = [row for split in ("train", "dev", *HELD_OUT) for row in rows_of("customer_messages.jsonl", split)]
    assert len({row["text"] for row in rows}) == len(rows) >= 1_000
    assert 2 * sum(bool(row["near_miss"]) for row in rows) >= len(rows)
    parts = {row["family"]: row["split"] for row in rows}
    assert all(parts[row["family"]] == row["split"] for row in rows)
    assert not {row["domain"] for row in rows_of("customer_messages.jsonl", "train")} & {"bank", "energy"}


@pytest.mark.alone
def test_the_signs_cost_little_more_than_the_encoder(embedder: Embedder) -> None:
    texts = [row["text"] for row in rows_of("customer_messages.jsonl", "dev")]

    def spent(work: object) -> float:
        assert callable(work)
        times = []
        for text in texts:
            start = time.process_time()
            work(text)
            times.append(time.process_time() - start)
        return median(times)

    with really_judged():
        fresh = Embedder.load()  # keeps no vector of these texts yet
    signs_of("What is the baggage limit?", embedder.embed)
    assert spent(lambda text: signs_of(text, embedder.embed)) < MOST_TIMES_THE_ENCODER * spent(fresh.embed)


@pytest.mark.alone
@pytest.mark.parametrize(
    "text", ["!" * 100_000, "am I " * 20_000, "my a-b " * 20_000, "A-1" * 40_000, "> " * 50_000]
)
def test_no_message_is_long_enough_to_stop_the_proxy(text: str, embedder: Embedder) -> None:
    start = time.process_time()
    signs_of(text, embedder.embed)
    assert time.process_time() - start < 1.5

"""What customers asked that no document answers is found, ranked, and told without what may not be told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from authoring.coverage.traffic import ANSWERED, answered_questions, asked_of, planted_gaps, records_of
from conftest import SHIPPED_CORPUS, RunningProxy, StartProxy, running_proxy
from hypothesis import given, settings
from hypothesis import strategies as st
from support.command_line import Cxai

from proxy.authoring.coverage.asked import asked_in
from proxy.authoring.coverage.gaps import NEAR, Coverage, coverage_of
from proxy.authoring.coverage.grouping import groups_of
from proxy.corpus.corpus import Corpus, build_corpus
from proxy.ledger.records import DecisionRecord
from proxy.models.embedder import Embedder

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def corpus(embedder: Embedder) -> Corpus:
    return build_corpus(SHIPPED_CORPUS, embedder)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProxy]:
    with running_proxy(tmp_path_factory.mktemp("coverage")) as running:
        yield running


@pytest.fixture(scope="module")
def topics(proxy: RunningProxy) -> dict[str, str]:
    """Traffic with gaps planted in it: of each group the first ones, so that the test stays quick."""
    gaps = [*planted_gaps(held_out=False)[:12], *planted_gaps(held_out=True)[:5]]
    return asked_of(proxy, [*gaps, *answered_questions()[60:100]])


@pytest.fixture(scope="module")
def found(topics: dict[str, str], proxy: RunningProxy, corpus: Corpus, embedder: Embedder) -> Coverage:
    return coverage_of(records_of(proxy), corpus, embedder, NOW)


def test_planted_gaps_are_found_and_nothing_that_is_answered(found: Coverage, topics: dict[str, str]) -> None:
    told = [{topics[response] for response in gap.responses} for gap in found.gaps if not gap.near]
    assert all(len(one) == 1 for one in told)
    assert set().union(*told) == {
        "wifi on board", "airport lounge prices", "travelling while pregnant", "wheelchair"
    }  # fmt: skip
    assert ANSWERED not in set().union(*told)


def test_what_more_customers_were_hurt_by_comes_first(found: Coverage) -> None:
    far = [gap.harm for gap in found.gaps if not gap.near]
    assert far == sorted(far, reverse=True)
    worst = found.gaps[0]
    assert worst.asked == 5 and worst.harm >= 2 * worst.asked
    assert worst.share == pytest.approx(5 / found.read)
    assert 0 < worst.nearness < NEAR and worst.document is not None


def test_one_who_asked_alone_is_no_gap_unless_asked_for(
    topics: dict[str, str], proxy: RunningProxy, corpus: Corpus, embedder: Embedder
) -> None:
    assert all(gap.asked >= 3 for gap in coverage_of(records_of(proxy), corpus, embedder, NOW, least=3).gaps)


def test_a_document_that_answers_it_closes_the_gap(
    topics: dict[str, str], proxy: RunningProxy, embedder: Embedder, tmp_path: Path
) -> None:
    text = "# Wi-Fi on board\n\nWi-Fi on the plane: the internet during the flight costs $12 per flight.\n"
    (tmp_path / "wifi.md").write_text(text, encoding="utf-8")
    gaps = coverage_of(records_of(proxy), build_corpus(tmp_path, embedder), embedder, NOW).gaps
    told = {topics[response]: gap.near for gap in gaps for response in gap.responses}
    assert told["wifi on board"] and not told["wheelchair"]


def test_what_a_passage_comes_near_to_comes_last(found: Coverage) -> None:
    assert [gap.near for gap in found.gaps] == sorted(gap.near for gap in found.gaps)
    assert {gap.near for gap in found.gaps} == {False, True}


def test_without_traffic_there_are_no_gaps(corpus: Corpus, embedder: Embedder) -> None:
    assert coverage_of([], corpus, embedder, NOW) == Coverage((), 0, 0, 0, 0)


def record(question: str | None, *claims: tuple[str, str], said: str = "") -> DecisionRecord:
    told = [{"kind": kind, "verdict": verdict, "text": "A claim."} for kind, verdict in claims]
    return DecisionRecord(
        response_id="r",
        created_at=NOW,
        route="default",
        mode="enforce",
        decision="escalate",
        verified=True,
        model="m",
        question=question,
        choices=[{"choice": 0, "model_text": said, "claims": told}],
    )


@pytest.mark.parametrize(
    ("asked", "missed"),
    [
        (record("Wi-Fi?", ("policy", "unsupported")), True),
        (record("Wi-Fi?", ("policy", "unsupported"), ("mixed", "supported")), False),
        (record("Wi-Fi?", ("policy", "contradicted")), False),
        (
            record("Wi-Fi?", ("not_checkable", "not_checkable"), said="I don't have information on that."),
            True,
        ),
        (record("Hello", ("not_checkable", "not_checkable"), said="Hello!"), None),
        (record("Where is my bag?", ("account", "unsupported"), said="I don't know."), None),
        (record("Wi-Fi?", ("policy", "unverified")), None),
        (record("Where is my bag?", ("mixed", "unsupported")), None),
        (record("Do bags cost extra?", ("mixed", "unsupported")), True),
        (record(None, ("policy", "unsupported")), None),
    ],
)
def test_only_what_was_asked_about_policy_counts(
    asked: DecisionRecord, missed: bool | None, embedder: Embedder
) -> None:
    assert [one.missed for one in asked_in([asked], embedder.embed)] == ([] if missed is None else [missed])


@given(st.integers(1, 40), st.integers(0, 2**32 - 1), st.floats(0.1, 0.95))
@settings(max_examples=50, deadline=None)
def test_every_row_is_in_one_group_and_near_its_leader(rows: int, seed: int, likeness: float) -> None:
    vectors = np.random.default_rng(seed).normal(size=(rows, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    groups = groups_of(vectors, likeness)
    assert sorted(row for group in groups for row in group) == list(range(rows))
    for leader, *others in groups:
        assert all(vectors[leader] @ vectors[other] >= likeness for other in others)


QUESTIONS = (
    "Do you have wifi on your planes?",
    "How much does inflight wifi cost?",
    "is there wifi on the plane",
)


@pytest.mark.parametrize("ledger_url", ["sqlite", "postgresql"], indirect=True)
def test_the_command_tells_what_nobody_answers(ledger_url: str, cxai: Cxai, start_proxy: StartProxy) -> None:
    proxy = start_proxy(database_url=ledger_url)
    proxy.provider.answers("Yes, Wi-Fi is available on all our aircraft for $12 per flight.")
    for question in QUESTIONS:
        proxy.ask(question)
    options = ("--corpus", str(SHIPPED_CORPUS), "--database-url", ledger_url)
    gap, summary = cxai("corpus", "coverage", *options, "--json").json_lines()
    assert gap["asked"] == 3 and gap["question"] in QUESTIONS
    assert (summary["read"], summary["to_policy"], summary["missed"]) == (3, 3, 3)
    table = cxai("corpus", "coverage", *options).out
    assert "3 answers looked at; 3 had policy in them, 3 of these none that a document speaks of" in table
    assert gap["question"] in table and "100.0%" in table
    assert "Nothing that 4 or more asked" in cxai("corpus", "coverage", *options, "--least", "4").out
    assert "0 answers looked at" in cxai("corpus", "coverage", *options, "--tenant", "acme").out
    tomorrow = (NOW + timedelta(days=1)).isoformat()
    assert "0 answers looked at" in cxai("corpus", "coverage", *options, "--since", tomorrow).out


@pytest.mark.parametrize("store_text", ["masked", "none"])
def test_only_what_was_kept_is_shown(cxai: Cxai, start_proxy: StartProxy, store_text: str) -> None:
    proxy = start_proxy(store_text=store_text)
    proxy.provider.answers("Yes, Wi-Fi is available on all our aircraft for $12 per flight.")
    for question in QUESTIONS:
        proxy.ask(f"{question} My mail is jane@example.com.")
    options = ("--corpus", str(SHIPPED_CORPUS), "--database-url", proxy.database_url)
    ran = cxai("corpus", "coverage", *options)
    assert "jane@example.com" not in ran.out
    assert ("3 without their question" in ran.out) == (store_text == "none")
    assert ("wifi" in ran.out) == (store_text == "masked")

"""Past answers judged again: by the text of then and of today, in any pool, and from where a killed process left it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.told import BEGAN, TODAY, keep_corpus, plan_for, told, write_corpus
from support.waiting import until

from proxy.jobs.pools import OneProcess, Processes
from proxy.ledger.failures.filters import FailureFilter
from proxy.ledger.failures.records import FailureEvent, Kind, Source, Step
from proxy.ledger.ledger import Ledger
from proxy.ledger.recall.recalls import RecallElsewhere, Which
from proxy.ledger.recall.records import Outcome, Recall, RecallState
from proxy.models.embedder import Embedder
from proxy.recovery.detecting.look import failure_of
from proxy.recovery.recall.bench import Bench, Plan
from proxy.recovery.recall.job import DocumentsChanged, RecallPool, begin, run

OLD = (
    "# Refunds\n\nRefunds are paid within 30 days of the return.\n\nThe receipt is needed for every refund.\n"
)
NEW = OLD.replace("30 days", "14 days")
RIGHT_THEN = "Refunds are paid within 30 days of the return."
WRONG = "Refunds are paid within 90 days of the return."
STILL = "The receipt is needed for every refund."


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "corpus", {"shop/refunds": OLD})


def history(ledger: Ledger, corpus: Path, embedder: Embedder, times: int = 1) -> None:
    """Answers by the old text; then the new one comes into force."""
    version, in_force = keep_corpus(ledger, corpus, embedder)
    for number in range(times):
        for kind, text in enumerate((RIGHT_THEN, WRONG, STILL, f"Hello! {STILL} {RIGHT_THEN}")):
            record = told(
                f"r{number}-{kind}",
                text,
                hours=number + kind / 10,
                customer_id=f"C-{number}-{kind}",
                question="What about refunds?",
                versions={"corpus": version, "verifier": "another"},
            )
            ledger.record(record, in_force)
    write_corpus(corpus, {"shop/refunds": NEW})


def recalled(ledger: Ledger, plan: Plan, pool: RecallPool, **more: Any) -> Recall:
    begun = begun_by(ledger, plan, **more)
    for progress in run(ledger, begun, plan, pool, now=lambda: TODAY):
        begun = progress.recall
    return begun


def begun_by(ledger: Ledger, plan: Plan, **more: Any) -> Recall:
    which = more.pop("which", Which())
    usual = {"actor": "ana", "now": TODAY, "because": "a test", "found_as": "detected"}
    return begin(ledger, which, plan, **{**usual, **more})


def outcomes(ledger: Ledger, recall: Recall) -> dict[str, str]:
    return {one.finding.response_id: one.finding.outcome for one in ledger.recalls.findings(recall.ref)}


def test_each_answer_is_held_against_the_text_of_then_and_of_today(
    ledger: Ledger, ledger_url: str, corpus: Path, embedder: Embedder
) -> None:
    history(ledger, corpus, embedder)
    plan = plan_for(ledger_url, corpus)
    recall = recalled(ledger, plan, OneProcess(partial(Bench, plan)))
    assert (recall.state, recall.done, recall.total) == (RecallState.DONE, 4, 4)
    assert outcomes(ledger, recall) == {
        "r0-0": Outcome.CHANGED_SINCE,
        "r0-1": Outcome.WRONG_THEN,
        "r0-3": Outcome.CHANGED_SINCE,
    }
    assert recall.counts == {"changed_since": 2, "wrong_then": 1, "still_right": 3}
    changed = next(one.finding for one in ledger.recalls.findings(recall.ref))
    assert changed.document == "shop/refunds" and changed.quote == RIGHT_THEN.replace("30", "14")


def test_what_was_wrong_then_is_a_failure_and_what_changed_is_none(
    ledger: Ledger, ledger_url: str, corpus: Path, embedder: Embedder
) -> None:
    history(ledger, corpus, embedder)
    plan = plan_for(ledger_url, corpus)
    recall = recalled(ledger, plan, OneProcess(partial(Bench, plan)))
    (state,) = ledger.failures.states(FailureFilter())
    assert (state.kind, state.customer_id, state.detected_by) == ("wrong_claim", "C-0-1", "recall")
    assert (state.incident, state.status, state.counted) == (f"recall {recall.ref}", "contained", True)
    assert state.occurred_at == BEGAN + timedelta(hours=0.1)
    file = ledger.failures.file(state.failure_id)
    assert file is not None and file.failure.text == WRONG


def test_what_is_only_proposed_does_not_count(
    ledger: Ledger, ledger_url: str, corpus: Path, embedder: Embedder
) -> None:
    history(ledger, corpus, embedder)
    plan = plan_for(ledger_url, corpus)
    recalled(ledger, plan, OneProcess(partial(Bench, plan)), found_as="proposed")
    (state,) = ledger.failures.states(FailureFilter())
    assert (state.status, state.counted) == ("proposed", False)


def test_the_same_failure_found_by_two_recalls_is_one(
    ledger: Ledger, ledger_url: str, corpus: Path, embedder: Embedder
) -> None:
    history(ledger, corpus, embedder)
    plan = plan_for(ledger_url, corpus)
    first, second = (recalled(ledger, plan, OneProcess(partial(Bench, plan))) for _ in range(2))
    assert first.ref != second.ref
    assert len(ledger.failures.states(FailureFilter())) == 1


def test_a_recalls_blast_radius_names_failures_that_were_known_before_it(
    ledger: Ledger, ledger_url: str, corpus: Path, embedder: Embedder
) -> None:
    """The guard had found one of two, and an earlier recall both: each recall hit both customers."""
    history(ledger, corpus, embedder, times=2)
    plan, wrong = plan_for(ledger_url, corpus), ledger.answer("r0-1")
    assert wrong is not None
    by_guard = FailureEvent("guard", Step.DETECTED, BEGAN + timedelta(hours=1), "cxai", Source.GUARD)
    known_before, _ = ledger.failures.tell(failure_of(wrong, Kind.WRONG_CLAIM), by_guard)
    recalls = [recalled(ledger, plan, OneProcess(partial(Bench, plan))) for _ in range(2)]
    for incident in (f"recall {one.ref}" for one in recalls):
        assert ledger.failures.blast_radius(incident) == (2, 2)
        assert ledger.failures.blast_radius(incident, known_by=BEGAN) == (0, 0)
        states = ledger.failures.states(FailureFilter(incident=incident))
        assert len(states) == 2 and known_before in {one.failure_id for one in states}
    found = ledger.lived.incidents("default", BEGAN, TODAY)
    assert {(one.incident, one.failures, one.customers, one.answers) for one in found} == {
        (f"recall {one.ref}", 2, 2, 2) for one in recalls
    }
    assert ledger.lived.incidents("other", BEGAN, TODAY) == []


def test_only_answers_by_other_documents_are_judged_when_the_corpus_changed(
    ledger: Ledger, ledger_url: str, corpus: Path, embedder: Embedder
) -> None:
    version, in_force = keep_corpus(ledger, corpus, embedder)
    ledger.record(told("r1", STILL, versions={"corpus": version}), in_force)
    same = plan_for(ledger_url, corpus)
    assert ledger.recalls.changed_versions("default", same.hashes) == ()
    write_corpus(corpus, {"shop/refunds": NEW})
    assert ledger.recalls.changed_versions("default", plan_for(ledger_url, corpus).hashes) == (version,)
    write_corpus(corpus, {"shop/refunds": OLD, "shop/new": "# New\n\nA new text.\n"})
    assert ledger.recalls.changed_versions("default", plan_for(ledger_url, corpus).hashes) == (version,)


def test_only_answers_that_rest_on_the_document_are_judged(
    ledger: Ledger, ledger_url: str, corpus: Path, embedder: Embedder
) -> None:
    claims = [{"start": 0, "end": 40, "evidence": [{"document": "shop/refunds", "section": "Refunds"}]}]
    ledger.record(told("r1", STILL, claims=claims))
    ledger.record(told("r2", STILL))
    plan = plan_for(ledger_url, corpus)
    assert begun_by(ledger, plan, which=Which(document="shop/refunds")).total == 1
    assert begun_by(ledger, plan).total == 2


def test_what_is_not_kept_any_more_is_said_to_be_unknown(
    ledger: Ledger, ledger_url: str, corpus: Path
) -> None:
    ledger.record(told("r1", WRONG, versions={"corpus": "nobody knows it"}))
    plan = plan_for(ledger_url, corpus)
    recall = recalled(ledger, plan, OneProcess(partial(Bench, plan)))
    assert recall.counts == {"not_known": 1} and not ledger.failures.states(FailureFilter())


def test_other_documents_need_another_recall(ledger: Ledger, ledger_url: str, corpus: Path) -> None:
    begun = begun_by(ledger, plan_for(ledger_url, corpus))
    write_corpus(corpus, {"shop/refunds": NEW})
    other = plan_for(ledger_url, corpus)
    with pytest.raises(DocumentsChanged, match="begin a new one"):
        list(run(ledger, begun, other, OneProcess(partial(Bench, other))))


def test_two_that_go_on_with_a_recall_do_not_count_twice(
    ledger: Ledger, ledger_url: str, corpus: Path, embedder: Embedder
) -> None:
    history(ledger, corpus, embedder)
    plan = plan_for(ledger_url, corpus)
    begun = begun_by(ledger, plan)
    list(run(ledger, begun, plan, OneProcess(partial(Bench, plan))))
    with pytest.raises(RecallElsewhere, match=begun.ref):
        list(run(ledger, begun, plan, OneProcess(partial(Bench, plan))))
    assert ledger.recalls.get(begun.ref).done == 4


def test_what_belongs_to_its_end_is_done_again_where_it_was_stopped_in_it(
    ledger: Ledger, ledger_url: str, corpus: Path, embedder: Embedder
) -> None:
    history(ledger, corpus, embedder)
    plan = plan_for(ledger_url, corpus)
    begun = begun_by(ledger, plan)

    def stopped(_: Recall) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(run(ledger, begun, plan, OneProcess(partial(Bench, plan)), before_end=stopped))
    left = ledger.recalls.get(begun.ref)
    assert (left.state, left.done) == (RecallState.RUNNING, 4)
    ended: list[Recall] = []
    *_, last = run(ledger, left, plan, OneProcess(partial(Bench, plan)), before_end=ended.append)
    assert last.recall.state == RecallState.DONE and [one.counts for one in ended] == [left.counts]


def test_a_pool_of_processes_comes_to_the_same(
    ledger: Ledger, ledger_url: str, corpus: Path, embedder: Embedder
) -> None:
    history(ledger, corpus, embedder, times=20)
    plan = plan_for(ledger_url, corpus)
    alone, together = (
        recalled(ledger, plan, pool)
        for pool in (OneProcess(partial(Bench, plan)), Processes(partial(Bench, plan), 2))
    )
    assert alone.counts == together.counts == {"changed_since": 40, "wrong_then": 20, "still_right": 60}
    found = [[one.finding for one in ledger.recalls.findings(recall.ref)] for recall in (alone, together)]
    assert found[0] == found[1]


def test_a_killed_process_is_gone_on_from_where_it_was(
    tmp_path: Path, ledger: Ledger, ledger_url: str, corpus: Path, embedder: Embedder
) -> None:
    history(ledger, corpus, embedder, times=60)
    command = [sys.executable, "-m", "proxy", "recall", "check", "--since", "2026-01-01", "--workers", "1"]
    environment = {**os.environ, "CXAI_DATABASE_URL": ledger_url, "CXAI_CORPUS": str(corpus)}
    options: dict[str, Any] = {"cwd": tmp_path, "env": environment, "stderr": subprocess.DEVNULL}
    child = subprocess.Popen(command, **options)
    until(lambda: any(0 < one.done < one.total for one in ledger.recalls.newest("default")), 60)
    child.send_signal(signal.SIGKILL)
    child.wait()
    (left,) = ledger.recalls.newest("default")
    assert left.state == RecallState.RUNNING and 0 < left.done < left.total == 240
    again = subprocess.run([*command[:5], "--resume", left.ref], timeout=120, **options)
    assert again.returncode == 1  # something does not hold
    recall = ledger.recalls.get(left.ref)
    assert (recall.state, recall.done) == (RecallState.DONE, 240)
    assert recall.counts == {"changed_since": 120, "wrong_then": 60, "still_right": 180}
    customers = Counter(state.customer_id for state in ledger.failures.states(FailureFilter()))
    assert customers == {f"C-{number}-1": 1 for number in range(60)}


def test_what_a_person_wrote_is_that_persons_failure(
    ledger: Ledger, ledger_url: str, corpus: Path, embedder: Embedder
) -> None:
    """Also where the model's answer, wrong as well, stands behind it: two failures, each with its own sentence."""
    version, in_force = keep_corpus(ledger, corpus, embedder)
    models = "Refunds are paid within 60 days of the return."
    both = f"Maria has answered your question CX-1:\n\n{WRONG}\n\n{models}"
    begins, ends = both.index(WRONG), both.index(models)
    first = [
        {"start": 0, "end": begins, "person": False},
        {"start": begins, "end": ends, "person": True},
    ]
    more: dict[str, Any] = {"versions": {"corpus": version}, "answered_by": "maria@example.com"}
    ledger.record(told("alone", WRONG, **more), in_force)
    choice = {"choice": 0, "model_text": models, "delivered_text": both, "claims": [], "said_first": first}
    ledger.record(told("both", both, choices=[choice], **more), in_force)
    plan = plan_for(ledger_url, corpus)
    recalled(ledger, plan, OneProcess(partial(Bench, plan)))
    files = [ledger.failures.file(state.failure_id) for state in ledger.failures.states(FailureFilter())]
    found = {
        (one.failure.response_id, one.failure.kind, one.failure.text): (one.state.author, one.state.cause)
        for one in files
        if one is not None
    }
    assert found == {
        ("alone", "wrong_human_answer", WRONG): ("human", "person"),
        ("both", "wrong_human_answer", WRONG): ("human", "person"),
        ("both", "wrong_claim", models): ("ai", "unknown"),
    }
    contained = {one.failure.kind: one.state.contained_at is not None for one in files if one is not None}
    assert contained == {
        "wrong_human_answer": False,
        "wrong_claim": True,
    }  # no guard stops what a person sends

"""Customers are told what is true, in the policy's own words, once each, and not before a person has approved it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from recovery.recall.test_job import NEW, OLD, RIGHT_THEN, WRONG, history, recalled
from support.told import TODAY, keep_corpus, plan_for, told, write_corpus

from proxy.jobs.pools import OneProcess
from proxy.ledger.failures.filters import FailureFilter
from proxy.ledger.ledger import Ledger
from proxy.ledger.recall.corrected import note_contained, note_corrected
from proxy.ledger.recall.corrections import CorrectionRefused
from proxy.ledger.recall.records import NEXT_TURN, Correction, CorrectionState, Outcome, Recall
from proxy.models.embedder import Embedder
from proxy.recovery.recall.approving import BY_SETTING, approve_all, approve_by_setting
from proxy.recovery.recall.bench import Bench, Plan
from proxy.recovery.recall.drafting import NO_POLICY, draft_all, findings_of, problem_of
from proxy.recovery.recall.options import RecallOptions
from proxy.settings import Settings


@pytest.fixture
def plan(ledger: Ledger, ledger_url: str, tmp_path: Path, embedder: Embedder) -> Plan:
    corpus = write_corpus(tmp_path / "corpus", {"shop/refunds": OLD})
    history(ledger, corpus, embedder)
    return plan_for(ledger_url, corpus)


@pytest.fixture
def recall(ledger: Ledger, plan: Plan) -> Recall:
    return recalled(ledger, plan, OneProcess(partial(Bench, plan)))


@pytest.fixture
def drafts(ledger: Ledger, plan: Plan, recall: Recall) -> list[Correction]:
    return drafted(ledger, plan, recall)


def drafted(ledger: Ledger, plan: Plan, recall: Recall) -> list[Correction]:
    bench = Bench(plan)
    ledger.corrections.draft(draft_all(ledger, recall, bench.rechecker).drafts)
    bench.close()
    return ledger.corrections.of("default", ref=recall.ref)


def test_a_draft_says_what_was_said_and_what_is_true(drafts: list[Correction], recall: Recall) -> None:
    texts = {one.customer_id: one.text or "" for one in drafts}
    assert set(texts) == {"C-0-0", "C-0-1", "C-0-3"}
    assert f"“{WRONG}” That was not right." in texts["C-0-1"]
    assert f"“{RIGHT_THEN}” That was right then, and has changed since." in texts["C-0-0"]
    for text in texts.values():
        assert "Our policy (Refunds) says: “Refunds are paid within 14 days of the return.”" in text
        assert recall.ref in text
    assert all(one.verified and one.problem is None for one in drafts)


def test_a_customer_gets_one_message_however_often_they_were_told(
    ledger: Ledger, ledger_url: str, tmp_path: Path, embedder: Embedder
) -> None:
    corpus = write_corpus(tmp_path / "corpus", {"shop/refunds": OLD})
    version, in_force = keep_corpus(ledger, corpus, embedder)
    for number in range(3):
        ledger.record(told(f"r{number}", WRONG, hours=number, versions={"corpus": version}), in_force)
    write_corpus(corpus, {"shop/refunds": NEW})
    plan = plan_for(ledger_url, corpus)
    recall = recalled(ledger, plan, OneProcess(partial(Bench, plan)))
    for _ in range(2):  # drafted twice, it is still one
        (one,) = drafted(ledger, plan, recall)
    assert len(one.findings) == 3 and (one.text or "").count("That was not right.") == 1


def test_nobody_is_told_again_what_an_earlier_recall_has_told_them(
    ledger: Ledger, plan: Plan, drafts: list[Correction]
) -> None:
    """Documents change, and what was wrong is found again: told, waiting or decided against, it is no news."""
    waits, told_it, dismissed = drafts
    ledger.corrections.approve(told_it, NEXT_TURN, "ana", TODAY)
    ledger.corrections.done(told_it.id, TODAY)
    ledger.corrections.dismiss(dismissed.id, "ana")
    again = recalled(ledger, plan, OneProcess(partial(Bench, plan)))
    assert len(list(ledger.recalls.findings(again.ref))) == 3
    assert drafted(ledger, plan, again) == []
    assert {one.id for one in ledger.corrections.of("default")} == {waits.id, told_it.id, dismissed.id}


def test_what_never_reached_its_customer_is_drafted_again(
    ledger: Ledger, plan: Plan, drafts: list[Correction]
) -> None:
    lost, *_ = drafts
    ledger.corrections.approve(lost, "crm", "ana", TODAY)
    ledger.corrections.failed(lost.id, 15, "nobody answers", None)
    (again,) = drafted(ledger, plan, recalled(ledger, plan, OneProcess(partial(Bench, plan))))
    assert again.customer_id == lost.customer_id


def test_who_was_told_something_else_since_hears_of_it_again(
    ledger: Ledger, ledger_url: str, plan: Plan, drafts: list[Correction], tmp_path: Path
) -> None:
    """What was told last counts: 14 days, then 7, then 14 again are three messages."""

    def after_another_change(days: int) -> list[Correction]:
        for one in ledger.corrections.of("default", state=CorrectionState.DRAFT):
            ledger.corrections.approve(one, NEXT_TURN, "ana", TODAY)
            ledger.corrections.done(one.id, TODAY)
        corpus = write_corpus(tmp_path / "corpus", {"shop/refunds": OLD.replace("30", str(days))})
        plan = plan_for(ledger_url, corpus)
        return drafted(ledger, plan, recalled(ledger, plan, OneProcess(partial(Bench, plan))))

    assert len(after_another_change(14)) == 0
    assert len(after_another_change(7)) == len(drafts)
    assert len(after_another_change(14)) == len(drafts)


def test_what_a_person_writes_is_held_against_the_documents(
    ledger: Ledger, plan: Plan, drafts: list[Correction]
) -> None:
    one = drafts[0]
    bench = Bench(plan)

    def problem(text: str) -> str | None:
        return problem_of(text, *findings_of(ledger, one), bench.rechecker)

    assert problem("Refunds are paid within 14 days of the return.") is None
    assert "do not say so" in (problem("Refunds are paid within 99 days of the return.") or "")
    assert problem("Hello!") == NO_POLICY
    bench.close()


def test_only_a_sound_draft_is_approved_and_only_once(ledger: Ledger, drafts: list[Correction]) -> None:
    first, second, _ = drafts
    ledger.corrections.rewrite(first.id, "Something.", verified=False, problem="no", actor="ana")
    with pytest.raises(CorrectionRefused, match="nothing is wrong with its text"):
        ledger.corrections.approve(first, NEXT_TURN, "ana", TODAY)
    ledger.corrections.approve(second, NEXT_TURN, "ana", TODAY)
    with pytest.raises(CorrectionRefused, match="only a draft"):
        ledger.corrections.approve(second, NEXT_TURN, "ben", TODAY)
    with pytest.raises(CorrectionRefused, match="approved already"):
        ledger.corrections.dismiss(second.id, "ana")
    ledger.corrections.dismiss(first.id, "ana")
    states = {one.id: one.state for one in ledger.corrections.of("default")}
    assert states[first.id] == CorrectionState.DISMISSED and states[second.id] == CorrectionState.APPROVED


def state_of(ledger: Ledger, one: Correction) -> Correction:
    (found,) = ledger.corrections.of("default", ids=[one.id])
    return found


def test_where_two_have_to_approve_one_is_not_enough(ledger: Ledger, drafts: list[Correction]) -> None:
    one, _, _ = drafts
    assert not ledger.corrections.approve(one, NEXT_TURN, "ana", TODAY, needed=2)
    assert not ledger.corrections.approve(one, NEXT_TURN, "ana", TODAY, needed=2)  # the same person again
    assert state_of(ledger, one).state == CorrectionState.DRAFT
    assert ledger.corrections.take_for("default", one.customer_id, TODAY) == []
    assert ledger.corrections.approve(one, NEXT_TURN, "ben", TODAY, needed=2)
    found = state_of(ledger, one)
    assert (found.state, found.approved_by) == (CorrectionState.APPROVED, ("ana", "ben"))


def test_an_approval_is_of_this_text_and_this_way(ledger: Ledger, drafts: list[Correction]) -> None:
    one, other, _ = drafts
    ledger.corrections.approve(one, NEXT_TURN, "ana", TODAY, needed=2)
    ledger.corrections.rewrite(one.id, one.text or "", verified=True, problem=None, actor="ana")
    assert not ledger.corrections.approve(one, NEXT_TURN, "ben", TODAY, needed=2)
    ledger.corrections.approve(other, NEXT_TURN, "ana", TODAY, needed=2)
    assert not ledger.corrections.approve(other, "mail", "ben", TODAY, needed=2)
    assert state_of(ledger, other).approved_by == ("ben",)


def test_who_approves_a_text_that_was_written_anew_meanwhile_approves_nothing(
    ledger: Ledger, drafts: list[Correction]
) -> None:
    read = drafts[0]
    ledger.corrections.rewrite(read.id, "Another text.", verified=True, problem=None, actor="ben")
    with pytest.raises(CorrectionRefused, match="written it anew meanwhile"):
        ledger.corrections.approve(read, NEXT_TURN, "ana", TODAY)
    assert state_of(ledger, read).approvals == ()


def test_an_approval_is_taken_back_before_it_has_left_and_not_after(
    ledger: Ledger, drafts: list[Correction]
) -> None:
    one, _, _ = drafts
    ledger.corrections.approve(one, NEXT_TURN, "ana", TODAY)
    ledger.corrections.withdraw(one.id, "ben", TODAY)
    found = state_of(ledger, one)
    assert (found.state, found.approvals, found.target) == (CorrectionState.DRAFT, (), None)
    ledger.corrections.approve(one, NEXT_TURN, "ana", TODAY)
    assert ledger.corrections.take_for("default", one.customer_id, TODAY)  # an answer tells it just now
    with pytest.raises(CorrectionRefused, match="just being sent"):
        ledger.corrections.withdraw(one.id, "ben", TODAY + timedelta(seconds=1))
    ledger.corrections.done(one.id, TODAY)
    with pytest.raises(CorrectionRefused, match="it has left"):
        ledger.corrections.withdraw(one.id, "ben", TODAY + timedelta(hours=1))


@pytest.mark.parametrize("target", [NEXT_TURN, "crm"])
def test_what_was_begun_to_be_told_stays_approved_however_long_it_takes(
    target: str, ledger: Ledger, drafts: list[Correction]
) -> None:
    """An answer may take minutes, and a process may end before it notes what it has told."""
    one, _, _ = drafts
    ledger.corrections.approve(one, target, "ana", TODAY)
    if target == NEXT_TURN:
        assert ledger.corrections.take_for("default", one.customer_id, TODAY)
    else:
        assert ledger.corrections.take(target, TODAY)
    with pytest.raises(CorrectionRefused, match="just being sent"):
        ledger.corrections.withdraw(one.id, "ben", TODAY + timedelta(days=1))


def test_while_one_answer_tells_it_no_other_one_does(ledger: Ledger, drafts: list[Correction]) -> None:
    one, _, _ = drafts
    ledger.corrections.approve(one, NEXT_TURN, "ana", TODAY)
    assert ledger.corrections.take_for("default", one.customer_id, TODAY)
    longest = timedelta(seconds=Settings.model_fields["total_timeout_s"].default)
    assert ledger.corrections.take_for("default", one.customer_id, TODAY + longest) == []


def test_nobody_has_to_approve_where_the_settings_say_so(
    ledger: Ledger, drafts: list[Correction], recall: Recall
) -> None:
    doubted = drafts[0]
    ledger.corrections.rewrite(doubted.id, "Something.", verified=False, problem="no", actor="ana")
    assert approve_by_setting(ledger, RecallOptions(), "default", recall.ref, TODAY) == ()
    options = RecallOptions(approve="nobody")
    sent = approve_by_setting(ledger, options, "default", recall.ref, TODAY)
    assert set(sent) == {one.id for one in drafts[1:]}
    assert state_of(ledger, doubted).state == CorrectionState.DRAFT
    assert state_of(ledger, drafts[1]).approved_by == (BY_SETTING,)


def test_two_people_who_approve_all_at_once_do_not_stop_each_other(
    ledger: Ledger, drafts: list[Correction]
) -> None:
    ledger.corrections.approve(drafts[0], NEXT_TURN, "ben", TODAY)  # after ana has read which there are
    approved = approve_all(ledger, drafts, NEXT_TURN, "ana", TODAY, needed=1)
    assert approved == {one.id: True for one in drafts[1:]}


def test_what_is_only_proposed_waits_for_a_person_all_the_same(ledger: Ledger, plan: Plan) -> None:
    proposed = recalled(ledger, plan, OneProcess(partial(Bench, plan)), found_as="proposed")
    drafted(ledger, plan, proposed)
    options = RecallOptions(approve="nobody")
    sent = approve_by_setting(ledger, options, "default", proposed.ref, TODAY)
    states = {one.customer_id: one.id in sent for one in ledger.corrections.of("default", ref=proposed.ref)}
    assert states == {
        "C-0-0": True,
        "C-0-1": False,
        "C-0-3": True,
    }  # 0-1 was wrong, and nobody has said so yet


def test_the_failure_is_corrected_once_its_customer_was_told(
    ledger: Ledger, drafts: list[Correction], recall: Recall
) -> None:
    wrong = next(one for one in drafts if one.customer_id == "C-0-1")
    assert [note_corrected(ledger.recalls, ledger.failures, wrong, TODAY) for _ in range(2)] == [1, 1]
    (state,) = ledger.failures.states(FailureFilter())
    assert (state.status, state.corrected_at) == ("corrected", TODAY)


def test_a_recall_is_contained_as_a_whole(ledger: Ledger, recall: Recall) -> None:
    assert note_contained(ledger.recalls, ledger.failures, recall, "rule no-90", "ana", TODAY) == 1
    (state,) = ledger.failures.states(FailureFilter())
    assert state.contained_at == TODAY


def test_nothing_of_it_stays_of_an_erased_customer(
    ledger: Ledger, drafts: list[Correction], recall: Recall
) -> None:
    ledger.customers.erase("default", "C-0-1")
    assert {one.customer_id for one in ledger.corrections.of("default")} == {"C-0-0", "C-0-3"}
    assert len(list(ledger.recalls.findings(recall.ref))) == 2


def test_retention_keeps_what_waits_for_its_customer(
    ledger: Ledger, drafts: list[Correction], recall: Recall
) -> None:
    ledger.corrections.approve(drafts[0], NEXT_TURN, "ana", TODAY)
    after = TODAY.replace(year=TODAY.year + 1)
    ledger.purge(after)
    assert ledger.recalls.get(recall.ref)
    ledger.corrections.done(drafts[0].id, TODAY)
    ledger.purge(after)
    assert ledger.recalls.newest("default") == [] and ledger.corrections.of("default") == []


def test_what_a_page_counts_is_what_reading_everything_comes_to(
    ledger: Ledger, drafts: list[Correction], recall: Recall
) -> None:
    every = list(ledger.recalls.findings(recall.ref))
    gravest = sorted(every, key=lambda one: one.finding.outcome != Outcome.WRONG_THEN)
    assert len(every) > 2 and {one.finding.outcome for one in every} > {Outcome.WRONG_THEN}
    assert ledger.recalls.gravest(recall.ref, 2) == gravest[:2]
    assert ledger.recalls.number_found(recall.ref) == len(every)
    failures = ledger.failures.known({one.finding.failure_id for one in every if one.finding.failure_id})
    status = Counter(one.state.status for one in failures.values())
    assert status and ledger.recalls.failures_by_status(recall.ref) == status
    ledger.corrections.dismiss(drafts[0].id, "ana")
    ledger.corrections.approve(drafts[1], NEXT_TURN, "ana", TODAY, needed=2)
    assert ledger.corrections.counted("default", recall.ref) == {
        recall.ref: {CorrectionState.DISMISSED: 1, CorrectionState.DRAFT: len(drafts) - 1}
    }
    waiting = [ledger.corrections.waiting_for(who, "default", recall.ref) for who in ("ana", "ben")]
    assert waiting == [len(drafts) - 2, len(drafts) - 1]
    assert ledger.corrections.of("default", ref=recall.ref, limit=2) == [
        one for one in ledger.corrections.of("default", ref=recall.ref) if one.id <= drafts[1].id
    ]

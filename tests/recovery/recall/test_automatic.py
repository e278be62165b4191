"""When a document changes on disk, past answers are judged again, and corrections wait for a person."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from conftest import StartProxy
from recovery.recall.test_job import NEW, OLD, RIGHT_THEN, STILL, WRONG, outcomes
from support.people import console_client, signed_in_as
from support.told import BEGAN, keep_corpus, plan_for, told, write_corpus
from support.waiting import until

from proxy.access.people.roles import Role
from proxy.jobs.pools import OneProcess
from proxy.ledger.ledger import Ledger
from proxy.ledger.recall.records import Correction, CorrectionState, Outcome, Recall
from proxy.models.embedder import Embedder
from proxy.recovery.recall.automatic import WatchedCorpus, begun_by_change, watch_documents
from proxy.recovery.recall.bench import Bench, Plan
from proxy.recovery.recall.job import run
from proxy.recovery.recall.options import RecallOptions

OBSERVE = "routes:\n  - name: default\n    mode: observe\n"
WITHIN_S = 180  # on a busy machine: the command reads models anew


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that looks at once, where one in use gives a deployment time to come file by file."""
    monkeypatch.setattr("proxy.running.SETTLED_AFTER_S", 0.0)
    monkeypatch.setattr("proxy.recovery.recall.automatic.LOOK_EVERY_S", 0.2)


def done(ledger: Ledger) -> Recall | None:
    return next((one for one in ledger.recalls.newest("default") if one.state == "done"), None)


@pytest.mark.usefixtures("soon")
def test_a_document_that_changes_on_disk_has_its_customers_told(
    start_proxy: StartProxy, tmp_path: Path
) -> None:
    """From the file to what a reviewer sees, with the real command in between; that is why it takes a while."""
    corpus = write_corpus(
        tmp_path / "corpus", {"shop/refunds": OLD, "shop/other": "# Other\n\nShops close at 8 pm.\n"}
    )
    proxy = start_proxy(corpus=corpus, policies=OBSERVE, recall={"on_corpus_change": "detect"})
    for number, text in enumerate((RIGHT_THEN, WRONG, STILL)):
        proxy.provider.answers(text)
        asked = proxy.ask("What about refunds?", headers={"x-cxai-customer-id": f"C-{number}"})
        assert asked.json()["choices"][0]["message"]["content"] == text
        proxy.awaited_record(asked.headers["x-cxai-response-id"])
    (corpus / "shop" / "refunds.md").write_text(NEW, encoding="utf-8")
    with proxy.ledger() as ledger:
        until(lambda: done(ledger) is not None, WITHIN_S)
        recall = done(ledger)
        assert recall is not None and (recall.total, recall.actor) == (3, "cxai")
        found = {one.finding.customer_id: one.finding for one in ledger.recalls.findings(recall.ref)}
        assert {customer: one.outcome for customer, one in found.items()} == {
            "C-0": Outcome.CHANGED_SINCE,
            "C-1": Outcome.WRONG_THEN,
        }
        file = ledger.failures.file(found["C-1"].failure_id or "")
        assert file is not None and file.failure.kind == "wrong_claim" and file.state.counted

        def drafts() -> list[Correction]:
            return ledger.corrections.of("default", ref=recall.ref)

        until(lambda: len(drafts()) == 2, WITHIN_S)
        assert {(one.state, one.problem) for one in drafts()} == {(CorrectionState.DRAFT, None)}
        token = signed_in_as(ledger, Role.VIEWER)
    with console_client(proxy.url, token) as client:
        shown = client.get(f"/console/recall/{recall.ref}").text
    assert WRONG in shown and "Refunds are paid within 14 days of the return." in shown
    assert "the corpus changed" in shown


MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class Changing:
    """A folder of documents that change, and the answers given by those that were kept last."""

    def __init__(self, ledger: Ledger, url: str, folder: Path, embedder: Embedder) -> None:
        self._ledger, self._url, self._folder, self._embedder = ledger, url, folder, embedder

    def now_says(self, **documents: str) -> Plan:
        """These documents, as a running proxy keeps them when it takes them into use."""
        corpus = write_corpus(self._folder, {f"shop/{name}": text for name, text in documents.items()})
        self.stands = keep_corpus(self._ledger, corpus, self._embedder)
        return plan_for(self._url, corpus, today=datetime.now(UTC))

    def answered(
        self, response_id: str, text: str, at: datetime, by: tuple[str, dict[str, str]] | None = None
    ) -> None:
        """By the documents that stand now, or by those that stood before."""
        version, in_force = by or self.stands
        record = told(
            response_id, text, hours=(at - BEGAN) / timedelta(hours=1), versions={"corpus": version}
        )
        self._ledger.record(record, in_force)

    def answered_in_a_market_of_its_own(self, response_id: str, text: str, at: datetime) -> None:
        """By one of the documents alone, whose version has one name whatever the others say."""
        _, in_force = self.stands
        self.answered(response_id, text, at, ("the market's", {"shop/other": in_force["shop/other"]}))

    def judged(self, plan: Plan, at: datetime) -> Recall | None:
        """As the command does it, to its end; None where nothing is due."""
        begun = begun_by_change(self._ledger, plan, "default", "detected", at)
        if begun is None:
            return None
        *_, last = run(self._ledger, begun, plan, OneProcess(partial(Bench, plan)), now=lambda: at + MINUTE)
        return last.recall


@pytest.fixture
def changing(ledger: Ledger, ledger_url: str, tmp_path: Path, embedder: Embedder) -> Changing:
    return Changing(ledger, ledger_url, tmp_path / "corpus", embedder)


OTHER = "# Other\n\nShops close at 8 pm.\n"


def test_what_was_said_while_documents_were_rolled_back_is_judged_when_they_come_again(
    ledger: Ledger, changing: Changing
) -> None:
    began = datetime.now(UTC) + MINUTE  # after the documents were kept
    changing.now_says(refunds=OLD)
    changing.answered("before", RIGHT_THEN, began - DAY)
    first = changing.judged(changing.now_says(refunds=NEW), began)
    assert first is not None and outcomes(ledger, first) == {"before": Outcome.CHANGED_SINCE}
    changing.now_says(refunds=OLD)
    changing.answered("rolled back", RIGHT_THEN, began + DAY)
    plan = changing.now_says(refunds=NEW)
    again = changing.judged(plan, began + 3 * DAY)
    assert again is not None and again.ref != first.ref
    assert (again.total, outcomes(ledger, again)) == (1, {"rolled back": Outcome.CHANGED_SINCE})
    assert changing.judged(plan, began + 4 * DAY) is None


def test_an_answer_that_was_under_way_while_its_recall_passed_is_judged(
    ledger: Ledger, changing: Changing
) -> None:
    """It was asked before the documents changed, and took minutes."""
    began = datetime.now(UTC) + MINUTE
    changing.now_says(refunds=OLD)
    old = changing.stands
    changing.answered("before", STILL, began - DAY)
    changing.answered("just before", STILL, began - MINUTE)
    plan = changing.now_says(refunds=NEW)
    assert changing.judged(plan, began) is not None
    assert changing.judged(plan, began + 10 * MINUTE) is None  # nothing came late
    changing.answered("under way", WRONG, began - 3 * MINUTE, by=old)
    late = changing.judged(plan, began + 10 * MINUTE)
    assert late is not None and outcomes(ledger, late) == {"under way": Outcome.WRONG_THEN}
    assert changing.judged(plan, began + 20 * MINUTE) is None


def test_answers_that_the_change_does_not_concern_begin_no_recall_of_their_own(changing: Changing) -> None:
    """Where markets have documents of their own, most answers name a version that no change of others' renames."""
    began = datetime.now(UTC) + MINUTE  # after the documents were kept
    changing.now_says(refunds=OLD, other=OTHER)
    changing.answered_in_a_market_of_its_own("before", "Shops close at 8 pm.", began - DAY)
    plan = changing.now_says(refunds=NEW, other=OTHER)
    assert changing.judged(plan, began) is not None
    changing.answered_in_a_market_of_its_own("after", "Shops close at 8 pm.", began + DAY)
    changing.answered("by today's", STILL, began + DAY)
    assert changing.judged(plan, began + 2 * DAY) is None


def test_documents_that_changed_are_looked_at_again_once_the_answers_under_way_have_ended(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[str] = []

    async def judge(one: WatchedCorpus, *_: object) -> None:
        judged.append(one.tenant)

    monkeypatch.setattr("proxy.recovery.recall.automatic.LOOK_EVERY_S", 0.01)
    monkeypatch.setattr("proxy.recovery.recall.automatic.LATE", timedelta(seconds=0.2))
    monkeypatch.setattr("proxy.recovery.recall.automatic._is_due", lambda *_: True)
    monkeypatch.setattr("proxy.recovery.recall.automatic._judge", judge)
    watched = WatchedCorpus("default", cast(Any, SimpleNamespace(current=object())), ())

    async def watch() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(1.5):
                await watch_documents(ledger, [watched], "", RecallOptions())

    asyncio.run(watch())
    assert judged == ["default", "default"]

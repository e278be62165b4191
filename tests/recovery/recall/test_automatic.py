"""When a document changes on disk, past answers are judged again, and corrections wait for a person."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import StartProxy
from recovery.recall.test_job import NEW, OLD, RIGHT_THEN, STILL, WRONG
from support.people import console_client, signed_in_as
from support.told import write_corpus
from support.waiting import until

from proxy.access.people.roles import Role
from proxy.ledger.ledger import Ledger
from proxy.ledger.recall.records import Correction, CorrectionState, Outcome, Recall

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

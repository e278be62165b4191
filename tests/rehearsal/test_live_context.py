"""The context as production would have it: a real CRM is asked, and what it says counts, not what was recorded."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from support.crm import running_crm
from support.rehearsing import TRUE, settle_in, shop, suite_of, turn

from proxy.commands.rehearsal_worker import RehearsalWorker
from proxy.rehearsal.replay.plan import Plan
from proxy.rehearsal.suite.model import KnownFact
from proxy.settings import Settings
from proxy.wire.candidate.live import LiveCandidate

ABOUT_ACCOUNT = "Where is my refund for order 7?"
HELD = {"open_case": KnownFact(value=True, source="crm")}
CONTEXT = """
    budget: 5s
    sources:
      - {{name: crm, kind: http, url: "{url}/customers/{{customer_id}}"}}
    facts:
      - name: open_case
        type: bool
        class: required
        max_age: 5m
        protective_value: true
        from: {{ledger: , crm: complaint}}
"""


def test_what_the_sources_say_today_counts(tmp_path: Path) -> None:
    settle_in(tmp_path)
    suite = suite_of(
        tmp_path / "suite.jsonl",
        shop("calm", turn(TRUE, asked=ABOUT_ACCOUNT, facts=HELD)),
        shop("complains", turn(TRUE, asked=ABOUT_ACCOUNT)),
    )
    settings = Settings(corpus=tmp_path / "corpus", policies=tmp_path / "policies", embedding_cache=None)
    with running_crm(**{"C-calm": {"complaint": False}, "C-complains": {"complaint": True}}) as crm:
        (tmp_path / "policies" / "context.yaml").write_text(dedent(CONTEXT.format(url=crm.url)))
        worker = RehearsalWorker(settings, Plan(suite, live_context=True))
        (calm,), (complains,) = worker.work(0), worker.work(1)
        worker.close()
    assert [path for path, _ in crm.asked] == ["/customers/C-calm", "/customers/C-complains"]
    assert not calm.had_open_case and calm.decision == "deliver"
    assert complains.had_open_case and complains.decision == "escalate" and not complains.ignored_twice


@pytest.mark.parametrize("live_context", [False, True])
def test_no_candidate_gets_a_copy_or_a_share_of_a_rehearsal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, live_context: bool
) -> None:
    begun: list[LiveCandidate] = []

    async def run(candidate: LiveCandidate, *_: object) -> None:
        begun.append(candidate)

    monkeypatch.setattr(LiveCandidate, "run", run)
    settle_in(tmp_path)
    suite = suite_of(tmp_path / "suite.jsonl", shop("calm", turn(TRUE, asked=ABOUT_ACCOUNT)))
    settings = Settings(corpus=tmp_path / "corpus", policies=tmp_path / "policies", embedding_cache=None)
    worker = RehearsalWorker(settings, Plan(suite, live_context=live_context))
    (calm,) = worker.work(0)
    worker.close()
    assert calm.decision and not begun

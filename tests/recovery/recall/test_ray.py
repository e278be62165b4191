"""The same recall over a real Ray cluster of two workers comes to the same."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from recovery.recall.test_job import OLD, history, recalled
from support.ray_cluster import cluster
from support.told import plan_for, write_corpus

from proxy.jobs.pools import OneProcess, OnRay, RayMissing
from proxy.ledger.ledger import Ledger
from proxy.models.embedder import Embedder
from proxy.recovery.recall.bench import Bench

__all__ = ["cluster"]

pytest.importorskip("ray", reason="the extra `ray` is not installed")
pytestmark = pytest.mark.alone


def test_a_cluster_of_two_comes_to_the_same(
    cluster: str, ledger: Ledger, ledger_url: str, tmp_path: Path, embedder: Embedder
) -> None:
    corpus = write_corpus(tmp_path / "corpus", {"shop/refunds": OLD})
    history(ledger, corpus, embedder, times=15)
    plan = plan_for(ledger_url, corpus)
    pool = OnRay(partial(Bench, plan), cluster)
    assert pool.at_once == 2
    alone, together = recalled(ledger, plan, OneProcess(partial(Bench, plan))), recalled(ledger, plan, pool)
    assert alone.counts == together.counts == {"changed_since": 30, "wrong_then": 15, "still_right": 45}
    found = [[one.finding for one in ledger.recalls.findings(one.ref)] for one in (alone, together)]
    assert found[0] == found[1]


def test_where_there_is_no_cluster_it_says_so(ledger_url: str, tmp_path: Path, ledger: Ledger) -> None:
    plan = plan_for(ledger_url, write_corpus(tmp_path / "corpus", {"shop/refunds": OLD}))
    with pytest.raises(RayMissing, match=r"no Ray cluster at 127\.0\.0\.1:1"):
        OnRay(partial(Bench, plan), "127.0.0.1:1")

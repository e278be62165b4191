"""The same rehearsal over a real Ray cluster of two workers comes to the same."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from support.ray_cluster import cluster
from support.rehearsing import settle_in, some, suite_of

from proxy.commands.rehearsal_job import open_worker
from proxy.jobs.pools import OneProcess, OnRay, Pool
from proxy.rehearsal.operators.levels import levels_of
from proxy.rehearsal.replay.job import chosen, run
from proxy.rehearsal.replay.outcome import Outcome
from proxy.rehearsal.replay.plan import Plan
from proxy.rehearsal.replay.results import Results, digest
from proxy.rehearsal.suite.reading import open_suite
from proxy.settings import Settings

__all__ = ["cluster"]

pytest.importorskip("ray", reason="the extra `ray` is not installed")
pytestmark = pytest.mark.alone


def test_a_cluster_of_two_comes_to_the_same(cluster: str, tmp_path: Path) -> None:
    settle_in(tmp_path)
    suite = open_suite(suite_of(tmp_path / "suite.jsonl", *some(12)))
    settings = Settings(corpus=tmp_path / "corpus", policies=tmp_path / "policies", embedding_cache=None)
    plan = Plan(suite.file, levels=levels_of(["typos=0.5", "provider-busy=0.5"]))
    conversations = chosen(suite, None, plan.seed)
    opening = partial(open_worker, settings, plan)

    def played(name: str, pool: Pool[int, list[Outcome]]) -> str:
        file = tmp_path / name
        results = Results(file, {}, [suite.turns[number] for number in conversations])
        *_, last = run(suite, conversations, results, pool)
        assert last.done == last.total == 24
        return digest(file)

    on_ray = OnRay(opening, cluster)
    assert on_ray.at_once == 2
    assert played("alone.jsonl", OneProcess(opening)) == played("together.jsonl", on_ray)

"""``cxai rehearse run``: what it says, and that it goes on where it was left, with the same result."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT
from support.command_line import Cxai, cxai
from support.rehearsing import settle_in, some, suite_of
from support.waiting import until

__all__ = ["cxai"]

RUN = ("rehearse", "run", "suite.jsonl", "--corpus", "corpus", "--policies", "policies")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    settle_in(tmp_path)
    suite_of(tmp_path / "suite.jsonl", *some())
    return tmp_path


def test_results_that_were_cut_short_are_gone_on_with(cxai: Cxai, shop: Path) -> None:
    ran = cxai(*RUN)
    assert ran.status == 0 and "shop: 6 turns of 3 conversations" in ran.out, ran.err
    assert "false sentences delivered" in ran.out and "0.0% to" in ran.out
    file = shop / "shop.results.jsonl"
    whole = file.read_bytes()
    first = json.loads(cxai(*RUN, "--json").out)
    assert (first["false_delivered"]["n"], first["rewrite"]["hits"], first["after_divergence"]["hits"]) == (
        3,
        3,
        3,
    )
    file.write_bytes(b"".join(whole.splitlines(keepends=True)[:4])[:-7])
    again = cxai(*RUN, "--json")
    assert "going on behind 1 of 3 conversations" in again.err
    told = json.loads(again.out)
    assert told["results"] == first["results"] and file.read_bytes().count(b"\n") == whole.count(b"\n")


def test_a_killed_rehearsal_is_gone_on_with(cxai: Cxai, shop: Path) -> None:
    """With a real process that is killed, which takes its seconds to start."""
    suite_of(shop / "suite.jsonl", *some(12))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "proxy.cli", *RUN, "--processes", "1"]
    child = subprocess.Popen(command, cwd=shop, env=environment, stderr=subprocess.DEVNULL)
    file = shop / "shop.results.jsonl"
    until(lambda: file.exists() and file.read_bytes().count(b"\n") >= 3, 120)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert file.read_bytes().count(b"\n") < 25
    resumed = json.loads(cxai(*RUN, "--processes", "1", "--json").out)
    at_once = json.loads(cxai(*RUN, "--processes", "1", "--to", "other.jsonl", "--json").out)
    assert resumed["turns"] == 24 and resumed["results"] == at_once["results"]


def test_what_production_does_is_done_and_told(cxai: Cxai, shop: Path) -> None:
    ran = cxai(*RUN, "--with", "provider-busy=1", "--with", "typos", "--seed", "3", "--json")
    assert ran.status == 0, ran.err
    told = json.loads(ran.out)
    assert 0 < told["failed"]["hits"] < told["turns"]
    head, *turns = [
        json.loads(line) for line in (shop / "shop.results.jsonl").read_text("utf-8").splitlines()
    ]
    assert head["operators"] == {"provider-busy": 1.0, "typos": 0.3}
    assert all("provider-busy" in one["operators"] for one in turns)
    assert {one["status"] for one in turns if one["error"]} == {429}


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (("--with", "rain"), 'there is no operator "rain"; there are all, typos, anger'),
        (("--with", "typos=7"), "the share is a number from 0 to 1, such as typos=0.3"),
        (("--with", "all", "--upstream", "live"), "a live provider has its own troubles"),
    ],
)
def test_an_operator_that_cannot_be_applied_is_named(
    cxai: Cxai, shop: Path, told: tuple[str, ...], said: str
) -> None:
    ran = cxai(*RUN, *told)
    assert ran.status == 2 and said in ran.err


def test_results_of_another_rehearsal_are_not_mixed_with(cxai: Cxai, shop: Path) -> None:
    (shop / "shop.results.jsonl").write_text('{"suite": "other"}\n', encoding="utf-8")
    ran = cxai(*RUN)
    assert ran.status == 2 and "has another rehearsal's results" in ran.err and "name another file" in ran.err
    (shop / "shop.results.jsonl").write_text("mine\n", encoding="utf-8")
    assert "is no file of results" in cxai(*RUN).err


def test_a_suite_that_cannot_be_used_is_named(cxai: Cxai, shop: Path) -> None:
    (shop / "suite.jsonl").write_text("{}\n", encoding="utf-8")
    ran = cxai(*RUN)
    assert ran.status == 2 and "suite.jsonl:1: head: suite: Field required" in ran.err

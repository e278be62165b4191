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
from support.rehearsing import TRUE, settle_in, some, suite_of, turn
from support.rehearsing import shop as conversation
from support.waiting import until

from proxy.rehearsal.suite.model import Label

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


def test_side_by_side_and_at_its_own_speed_the_same_comes_of_it(cxai: Cxai, shop: Path) -> None:
    """Customers come by a drawn process, as streams: one second of play is ten minutes of theirs."""
    told = [
        json.loads(cxai(*RUN, "--stream", "0.5", "--json", "--to", f"{number}.jsonl", *how).out)
        for number, how in enumerate(((), ("--at-once", "3"), ("--speed", "600", "--arrivals", "30")))
    ]
    assert len({one["turns"] for one in told}) == 1 and len({one["results"] for one in told}) == 1
    assert all(0 < one["first_ms"]["p50"] <= one["latency_ms"]["p95"] for one in told)
    assert told[0]["cut"]["n"] in (2, 4) and told[0]["cut"]["hits"] == 0


def test_a_stream_that_is_cut_is_judged_by_what_the_customer_got(cxai: Cxai, shop: Path) -> None:
    end = "Have a lovely day."
    said = f"{TRUE} {'Thank you for asking. ' * 60}{end}"
    labels = (
        Label(start=0, end=len(TRUE), label="supported"),
        Label(start=len(said) - len(end), end=len(said), label="not_checkable"),
    )
    suite_of(shop / "suite.jsonl", conversation("c0", turn(said).model_copy(update={"labels": labels})))
    told = json.loads(cxai(*RUN, "--with", "cut-stream=1", "--stream", "1", "--json").out)
    assert (told["cut"]["hits"], told["failed"]["hits"], told["too_many"]["hits"]) == (1, 1, 0)
    assert (told["true_withheld"]["hits"], told["harmless_withheld"]["hits"]) == (0, 1)
    one = json.loads((shop / "shop.results.jsonl").read_text("utf-8").splitlines()[1])
    assert said.startswith(one["text"]) and TRUE in one["text"] and one["diverged"]


def test_a_suite_without_times_is_not_played_at_its_own_speed(cxai: Cxai, shop: Path) -> None:
    ran = cxai(*RUN, "--speed", "real")
    assert ran.status == 2 and "3 of 3 conversations do not say when they began" in ran.err
    assert "leave out --processes" in cxai(*RUN, "--at-once", "2", "--processes", "2").err
    assert "write real, 60 for sixty times as fast" in cxai(*RUN, "--speed", "fast").err


def test_levels_are_those_of_recorded_traffic(cxai: Cxai, shop: Path) -> None:
    calls = [one.model_copy(update={"channel": "phone"}) for one in some(4)]
    suite_of(shop / "live.jsonl", *calls)
    ran = cxai("rehearse", "levels", "live.jsonl")
    assert ran.status == 0 and "--with all --levels live.jsonl" in ran.out, ran.err
    told = {one["operator"]: one for one in cxai("rehearse", "levels", "live.jsonl", "--json").json_lines()}
    assert (told["speech"]["seen"]["hits"], told["speech"]["seen"]["n"], told["storm"]["seen"]) == (
        4,
        4,
        None,
    )
    ran = cxai(*RUN, "--with", "speech", "--levels", "live.jsonl")
    assert ran.status == 0, ran.err
    head, first, *_ = (shop / "shop.results.jsonl").read_text("utf-8").splitlines()
    assert json.loads(head)["operators"] == {"speech": 1.0} and json.loads(first)["operators"] == ["speech"]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (("--with", "rain"), 'there is no operator "rain"; there are all, typos, speech'),
        (("--with", "typos=7"), "the share is a number from 0 to 1, such as typos=0.3"),
        (("--with", "cut-stream", "--upstream", "live"), '"cut-stream" needs --upstream recorded'),
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

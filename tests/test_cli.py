"""The command line, as a person or a script meets it: what it prints, and how it ends."""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.command_line import Cxai, cxai

from proxy.commands.options import CommandError, moment
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DecisionRecord, EscalationRecord

POLICY = """\
---
title: Refunds
effective_from: 2026-01-01
---
# Refunds

Refunds are paid within 14 days to the card that was used for the purchase.

Gift cards cannot be refunded.
"""
NOW = datetime.now(UTC)
__all__ = ["cxai"]  # a fixture


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "refunds.md").write_text(POLICY)
    return folder


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(f"sqlite:///{tmp_path}/data/cxai.db") as ledger:
        yield ledger


def decision(response_id: str, **changes: Any) -> DecisionRecord:
    claim = {
        "text": "Refunds are paid within 90 days.",
        "verdict": "contradicted",
        "confidence": 0.02,
        "action": "rewrite",
        "reason": "policy says 14 days",
        "evidence": [
            {"document": "refunds", "section": "Refunds", "quote": "Refunds are paid within 14 days."}
        ],
    }
    values = {
        "created_at": NOW,
        "route": "default",
        "mode": "enforce",
        "decision": "rewrite",
        "verified": True,
        "model": "m",
        "confidence": 0.02,
        "question": "When do I get my money?",
        "choices": [{"choice": 0, "claims": [claim]}],
    }
    return DecisionRecord(response_id, **{**values, **changes})


def test_the_version_is_the_packages(cxai: Cxai):
    assert cxai("--version") == (0, f"cxai {version('cxai-proxy')}\n", "")


def test_help_is_quick_because_nothing_heavy_is_imported():
    code = (
        "import sys; sys.argv = ['cxai', '--help']; import proxy.cli\n"
        "try: proxy.cli.main()\n"
        "except SystemExit: print([m for m in ('numpy', 'litestar', 'sqlalchemy', 'pydantic') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"
    assert "serve" in ran.stdout and "escalations" in ran.stdout


def test_a_command_is_loaded_alone():
    code = (
        "import sys; sys.argv = ['cxai', 'keys', '--help']; import proxy.cli\n"
        "try: proxy.cli.main()\n"
        "except SystemExit: print(*(m for m in sys.modules if m.startswith('proxy.commands.')))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = ran.stdout.splitlines()[-1].split()
    assert set(loaded) == {f"proxy.commands.{name}" for name in ("options", "output", "keys")}


def test_what_a_command_loads_is_not_looked_through_for_garbage(cxai: Cxai, collector_as_shipped: None):
    assert cxai("settings").status == 0
    assert gc.get_freeze_count() > 100_000 and gc.isenabled()


@pytest.mark.parametrize("group", [(), ("corpus",), ("report",), ("db",), ("rules",)])
def test_help_says_what_each_command_does_in_a_whole_sentence(
    cxai: Cxai, monkeypatch: pytest.MonkeyPatch, group: tuple[str, ...]
):
    monkeypatch.setenv("COLUMNS", "80")
    listed = cxai(*group, "--help").out.partition("Commands:")[2].strip().splitlines()
    assert listed and all(line.endswith(".") and not line.endswith("...") for line in listed)


def test_settings_show_where_each_value_comes_from_and_no_secret(cxai: Cxai, monkeypatch: pytest.MonkeyPatch):
    Path("cxai.yaml").write_text("store_text: masked\n")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    shown = {one["name"]: one for one in cxai("settings", "--json").json_lines()}
    assert (shown["store_text"]["value"], shown["store_text"]["source"]) == ("masked", "cxai.yaml")
    assert shown["upstream_api_key"]["source"] == "environment (OPENAI_API_KEY)"
    table = cxai("settings")
    assert "CXAI_RETENTION_DAYS" in table.out and "sk-very-secret" not in table.out


def test_a_mistake_is_one_line_and_status_2(cxai: Cxai):
    Path("cxai.yaml").write_text("corpsu: docs\n")
    assert cxai("settings") == (2, "", 'cxai: cxai.yaml:1: unknown key "corpsu"; did you mean "corpus"?\n')


def test_an_unexpected_error_is_no_stack_trace(cxai: Cxai, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("proxy.settings_sources.load_settings", broken)
    ran = cxai("settings")
    assert (ran.status, ran.err.count("\n")) == (1, 1)
    assert ran.err.startswith("cxai: unexpected error: ZeroDivisionError: division by zero")


def test_answers_can_be_asked_for_by_age_and_decision(cxai: Cxai, ledger: Ledger):
    ledger.record(decision("new"))
    ledger.record(decision("passed", decision="deliver", confidence=0.9, choices=[]))
    ledger.record(decision("old", created_at=NOW - timedelta(hours=2)))
    found = cxai("answers", "--since", "1h", "--decision", "rewrite", "--json").json_lines()
    assert [one["response_id"] for one in found] == ["new"]
    assert found[0]["choices"][0]["claims"][0]["reason"] == "policy says 14 days"
    table = cxai("answers", "--since", "1h").out
    assert "policy says 14 days" in table and "refunds › Refunds" in table and "old" not in table


def test_answers_that_left_immediately_say_why_they_should_not_have(cxai: Cxai, ledger: Ledger):
    given = decision("r", mode="immediate")
    claim = {**given.choices[0]["claims"][0], "action": "deliver", "called_for": "rewrite"}
    ledger.record(replace(given, choices=[{"choice": 0, "claims": [claim]}]))
    table = cxai("answers").out
    assert "rewrite (immediate)" in table and "policy says 14 days" in table


def test_on_a_narrow_screen_words_stay_whole(cxai: Cxai, ledger: Ledger, monkeypatch: pytest.MonkeyPatch):
    ledger.record(decision("cxr-0123456789abcdef01234567"))
    assert "┃ question" in cxai("answers").out
    monkeypatch.setenv("COLUMNS", "80")
    lines = [line.rstrip() for line in cxai("answers").out.splitlines()]
    assert "response    cxr-0123456789abcdef01234567" in lines
    assert "question    When do I get my money?" in lines
    assert max(map(len, lines)) <= 80


def test_no_answers_are_said_in_words(cxai: Cxai, ledger: Ledger):
    assert cxai("answers", "--since", "1h") == (0, "No such answers.\n", "")


def test_escalations_show_the_reference_and_what_was_held_back(cxai: Cxai, ledger: Ledger):
    case = EscalationRecord(
        "CX-7K3F-92QD", "r1", "k", "no tool did it", NOW, blocked_text="I have [bold]refunded[/bold] you."
    )
    ledger.escalate(case)
    table = cxai("escalations").out
    assert "CX-7K3F-92QD" in table and "no tool did it" in table and "[bold]" in table
    assert [one["ref"] for one in cxai("escalations", "--json").json_lines()] == ["CX-7K3F-92QD"]


def test_the_observe_report_is_worst_first_and_without_what_was_enforced(cxai: Cxai, ledger: Ledger):
    ledger.record(decision("enforced"))
    ledger.record(decision("mild", mode="observe"))
    ledger.record(decision("worst", mode="observe", decision="escalate"))
    found = cxai("report", "observe", "--since", "7d", "--json").json_lines()
    assert [one["response_id"] for one in found] == ["worst", "mild"]
    table = cxai("report", "observe").out
    assert "Refunds are paid within 90 days." in table and "policy says 14 days" in table


def test_a_ledger_that_is_not_there_is_not_made_by_asking(cxai: Cxai):
    ran = cxai("answers")
    assert ran.status == 2 and ran.err.startswith("cxai: there is no ledger at data/cxai.db yet")
    assert not Path("data").exists()


def test_the_database_can_be_upgraded_more_than_once(cxai: Cxai):
    first, second = cxai("db", "upgrade"), cxai("db", "upgrade")
    assert first == second and first.status == 0 and first.out.startswith("The database is at revision ")
    assert cxai("answers").out == "No such answers.\n"


def test_a_ledger_is_backed_up_while_it_is_open_and_restored_when_it_is_lost(cxai: Cxai, ledger: Ledger):
    ledger.record(decision("kept"))
    made = cxai("db", "backup", "copy.db")
    assert made.status == 0
    assert made.out.startswith("copy.db holds 1 answers and 0 escalations, the newest answer of 20")
    refused = cxai("db", "restore", "copy.db")
    assert refused.status == 2 and "stop the proxy and move it away" in refused.err
    ledger.close()
    for file in Path("data").iterdir():
        file.rename(file.with_name(f"lost-{file.name}"))
    assert cxai("db", "restore", "copy.db").out.startswith("sqlite:///data/cxai.db holds 1 answers")
    assert [one["response_id"] for one in cxai("answers", "--json").json_lines()] == ["kept"]


def test_a_database_that_cannot_be_one_is_named(cxai: Cxai):
    ran = cxai("db", "upgrade", "--database-url", "mysql://root:secret@db/cxai")
    assert ran.status == 2 and "only sqlite:/// and postgresql://" in ran.err and "secret" not in ran.err


def test_the_index_says_what_is_in_force_and_why_not(cxai: Cxai, corpus: Path):
    (row,) = cxai("corpus", "index", "docs", "--json").json_lines()
    assert (row["document"], row["in_force"], row["passages"]) == ("refunds", True, 2)
    (row,) = cxai("corpus", "index", "docs", "--as-of", "2025-12-31", "--json").json_lines()
    assert not row["in_force"] and "2026-01-01" in row["why"]
    assert "1 documents, 2 passages" in cxai("corpus", "index", "--corpus", "docs").out


def test_lint_ends_with_1_where_a_document_cannot_be_used(cxai: Cxai, corpus: Path):
    assert cxai("corpus", "lint", "docs").status == 0
    (corpus / "broken.md").write_text("---\ntitle: [\n---\nText.\n")
    ran = cxai("corpus", "lint", "docs")
    assert ran.status == 1 and "error: docs/broken.md:" in ran.out
    assert {one["severity"] for one in cxai("corpus", "lint", "docs", "--json").json_lines()} >= {"error"}


def test_lint_of_an_empty_folder_says_what_to_put_there(cxai: Cxai, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    ran = cxai("corpus", "lint", "empty")
    assert ran.status == 1 and ran.out.startswith("error: empty: no document in it; put policies (")


def test_a_text_is_checked_and_the_deciding_sentence_shown(cxai: Cxai, corpus: Path):
    wrong = "Refunds are paid within 90 days to the card that was used."
    (result,) = cxai("check", "--corpus", "docs", "--json", wrong).json_lines()
    assert result["decision"] != "deliver" and result["verified"]
    (claim,) = result["claims"]
    assert claim["verdict"] != "supported" and "within 14 days" in claim["evidence"][0]["quote"]
    assert "within 14 days" in cxai("check", "--corpus", "docs", wrong).out


def test_a_text_is_checked_by_the_route_of_the_model_that_is_named(cxai: Cxai, corpus: Path):
    Path("policies").mkdir()
    Path("policies/routes.yaml").write_text(
        "routes:\n  - name: careful\n    match: {model: careful-*}\n    contradicted: escalate\n"
    )
    wrong = ("--corpus", "docs", "--json", "Gift cards can be refunded.")
    assert cxai("check", *wrong).json_lines()[0]["decision"] == "rewrite"
    assert cxai("check", "--model", "careful-1", *wrong).json_lines()[0]["decision"] == "escalate"


def test_claims_of_a_file_get_one_line_each_in_their_order(cxai: Cxai, corpus: Path):
    claims = [
        {"id": "right", "question": "When?", "claim": "Refunds are paid within 14 days to the card used."},
        {"id": 2, "claim": "Refunds are paid within 90 days to the card that was used.", "label": "ignored"},
        {"id": "hello", "claim": "Hello, how can I help you?"},
        {"id": "german", "claim": "Erstattungen werden innerhalb von vierzehn Tagen auf die Karte gezahlt."},
    ]
    Path("claims.jsonl").write_text("\n\n".join(map(json.dumps, claims)) + "\n")
    found = cxai("check", "--corpus", "docs", "--claims", "claims.jsonl").json_lines()
    assert [one["id"] for one in found] == ["right", 2, "hello", "german"]
    assert found[0]["verdict"] == "supported" and found[0]["confidence"] > found[1]["confidence"]
    assert found[1]["verdict"] in ("contradicted", "unsupported")
    assert found[2]["verdict"] == "not_checkable"
    assert found[3]["verdict"] == "unsupported" and found[3]["unverified_reason"] == "language"


def test_nothing_in_force_is_never_a_pass(cxai: Cxai, corpus: Path):
    arguments = ("check", "--corpus", "docs", "--as-of", "2020-01-01", "--json")
    (result,) = cxai(*arguments, "Refunds are paid within 14 days.").json_lines()
    assert (result["verified"], result["unverified_reason"]) == (False, "no_corpus")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--claims", "none.jsonl"), "none.jsonl: cannot be read: No such file or directory"),
        (("--claims", "bad.jsonl"), "bad.jsonl:2: not valid JSON: "),
        (("--claims", "bad.jsonl", "text"), "give a text or --claims, not both"),
        (("--as-of", "soon", "text"), '--as-of: "soon" is not a date; write it like 2026-03-01'),
        (("--corpus", "nowhere", "text"), '--corpus: there is no folder "nowhere"'),
        (("  ",), "there is no text to check; give it as an argument or on stdin"),
    ],
)
def test_bad_input_to_check_is_named(cxai: Cxai, corpus: Path, arguments: tuple[str, ...], message: str):
    Path("bad.jsonl").write_text('{"id": 1, "claim": "x"}\n{"id": 2,\n')
    ran = cxai("check", *(() if "--corpus" in arguments else ("--corpus", "docs")), *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"cxai: {message}") and ran.err.count("\n") == 1


def test_times_are_ages_or_dates():
    assert moment("90m", now=NOW) == NOW - timedelta(minutes=90)
    assert moment("7d", now=NOW) == NOW - timedelta(days=7)
    assert moment("2026-03-01") == datetime(2026, 3, 1, tzinfo=UTC)
    for wrong in ("yesterday", "5", "999999999w"):
        with pytest.raises(CommandError, match="is no time; write 30m, 1h, 7d"):
            moment(wrong)


def serve_command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "proxy", "serve", "--corpus", "docs", *arguments]


def without_settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("CXAI_")}


def refused_to_serve(folder: Path, *arguments: str) -> list[str]:
    """The lines of a ``cxai serve`` that does not start. In its own process, because it sets up logging."""
    command = serve_command(*arguments)
    ran = subprocess.run(
        command, cwd=folder, env=without_settings(), capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 2, ran.stderr
    return ran.stderr.splitlines()


@contextmanager
def serving(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A proxy in a process of its own, and the address that its log names."""
    process = subprocess.Popen(
        serve_command("--port", "0"), cwd=folder, env=without_settings(), stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        log = iter(process.stderr.readline, "")
        listening = next((json.loads(line) for line in log if '"listening"' in line), None)
        assert listening is not None, "it ended before it listened"
        yield process, listening["base_url"].removesuffix("/v1")
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def test_serve_answers_and_ends_with_0_on_sigterm(corpus: Path):
    with serving(corpus.parent) as (process, url):
        # The socket is open already: the request waits in it until the proxy has started.
        assert httpx.get(f"{url}/healthz", timeout=30).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=15) == 0
        assert process.stderr is not None
        assert json.loads(process.stderr.read().splitlines()[-1])["event"] == "stopped"


def test_a_sigterm_that_comes_while_it_starts_ends_it(corpus: Path):
    with serving(corpus.parent) as (process, _):
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


def test_serve_says_when_its_port_is_taken(corpus: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        lines = refused_to_serve(corpus.parent, "--port", port)
    assert lines == [f"cxai: port {port} is already in use; choose another with --port"]


def test_serve_does_not_start_by_broken_policies(corpus: Path):
    policies = corpus.parent / "policies"
    policies.mkdir()
    (policies / "routes.yaml").write_text("routes:\n  - name: a\n    mode: observ\n")
    (line,) = refused_to_serve(corpus.parent, "--port", "0")
    assert (
        line == 'cxai: policies/routes.yaml:3: route "a": "mode" cannot be "observ"; did you mean "observe"?'
    )


def test_check_and_the_door_guard_check_give_the_same_verdicts(cxai: Cxai, start_proxy: Callable[..., Any]):
    proxy = start_proxy()
    answer = (
        "Hello! We offer a reduced fare when a member of your immediate family has died. You can also claim it "
        "within 90 days after you have travelled. I have refunded $412.60 to your card."
    )
    asked = {"answer": answer, "question": "Do you have bereavement fares?", "as_of": "2026-06-01"}
    door = proxy.post("/v1/guard/check", asked).json()
    (line,) = cxai(
        *("check", "--corpus", str(proxy.corpus), "--as-of", "2026-06-01", "--json"),
        *("--question", "Do you have bereavement fares?", answer),
    ).json_lines()
    assert len(door["claims"]) == 4
    del door["context"]  # a text on the command line is nobody's
    assert {**line, "response_id": None} == {**door, "response_id": None}

"""Any request at the proxy's own doors: in this process, and by Schemathesis over a real socket where it is there."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from fuzz.amount import TALLY, examples
from fuzz.inputs import damaged, headers, json_bytes, models, odd_values, texts
from fuzz.own_doors import document
from fuzz.place import Denying, Place, create_fuzzed, logged_errors
from fuzz.promises import check_check, check_error
from fuzz.upstream import Upstream
from hypothesis import given, note
from hypothesis import strategies as st
from support.recorded import recorded_decision
from support.serving import served

from proxy.wire.contacts import REPORTED

SCHEMATHESIS = Path("build/fuzz/venv/bin/st").absolute()
OF_CHECKS = 0.05
OF_CONTACTS = 0.03
OF_FEEDBACK = 0.02
OF_SCHEMATHESIS = 0.02  # for each of six operations
CHECKS = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance"),
    *("response_headers_conformance", "unsupported_method"),
)  # fmt: skip
CHECK_REQUESTS = st.fixed_dictionaries(
    {"answer": texts},
    optional={
        "question": texts,
        "model": models,
        "tool_results": st.lists(texts, max_size=2),
        "as_of": st.sampled_from(["2026-01-01", "x", ""]),
        "author": st.sampled_from(["ai", "human"]),
        "customer_id": st.text(max_size=5),
    },
)

TIMES = st.sampled_from(["2026-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31", "x"])
CONTACTS = st.fixed_dictionaries(
    {
        "key": st.text(min_size=1, max_size=3),
        "customer_id": st.text(min_size=1, max_size=5),
        "kind": st.sampled_from(REPORTED),
        "channel": st.sampled_from(["voice", "\0", "é"]),
    },
    optional={
        "at": TIMES,
        "ref": st.sampled_from(["CX-2222-2222", "JIRA-1", ""]),
        "text": texts,
        "data": st.dictionaries(st.text(max_size=3), st.none() | st.floats() | texts, max_size=2),
    },
)

GIVEN = "cxr-given"
FEEDBACK = st.fixed_dictionaries(
    {"key": st.text(min_size=1, max_size=3), "response_id": st.just(GIVEN) | st.text(max_size=5)},
    optional={
        "customer_id": st.sampled_from(["C-1", "C-2", "\0"]),
        "rating": st.sampled_from(["up", "down", "maybe"]),
        "told_otherwise": st.booleans(),
        "settled": st.sampled_from(["asked", "yes", "no", ""]),
        "failure": texts,
        "text": texts,
        "channel": st.sampled_from(["widget", "\0", "é"]),
        "at": TIMES,
    },
)


def test_any_text_to_check(place: Place) -> None:
    bodies = json_bytes(damaged(CHECK_REQUESTS) | odd_values)

    @examples(OF_CHECKS)
    @given(body=bodies, headers=headers)
    def ask(body: bytes, headers: Any) -> None:
        note(f"{body!r} {headers}")
        check_check(place, place.ask("/v1/guard/check", body, headers))

    ask()


def test_any_contacts(place: Place) -> None:
    """Whatever is reported is kept, and stands in the timeline, or is refused; nothing breaks."""
    bodies = json_bytes(CONTACTS | st.lists(CONTACTS, max_size=3) | damaged(CONTACTS) | odd_values)

    @examples(OF_CONTACTS)
    @given(body=bodies, headers=headers, key=st.sampled_from([None, None, b"k", b"\xff"]))
    def ask(body: bytes, headers: Any, key: bytes | None) -> None:
        note(f"{body!r} {headers} {key!r}")
        sent = [*headers, *([] if key is None else [(b"idempotency-key", key)])]
        answered = place.ask("/v1/contacts", body, sent)
        assert not place.complaints.found, "\n".join(place.complaints.found)
        if answered.status != 200:
            check_error(answered)
            return
        told = json.loads(answered.body)
        for kept in told["data"] if told["object"] == "list" else [told]:
            timeline = place.ledger.customers.timeline("default", kept["customer_id"], limit=1000)
            assert kept["key"] in {entry.detail.get("key") for entry in timeline}

    ask()


def test_any_feedback(place: Place) -> None:
    """A customer's word about their own answer is kept and stands in the timeline; about no other is anything told."""
    place.ledger.record(recorded_decision(GIVEN, customer_id="C-1"))
    bodies = json_bytes(FEEDBACK | damaged(FEEDBACK) | odd_values)

    @examples(OF_FEEDBACK)
    @given(body=bodies, headers=headers)
    def ask(body: bytes, headers: Any) -> None:
        note(f"{body!r} {headers}")
        answered = place.ask("/v1/feedback", body, headers)
        assert not place.complaints.found, "\n".join(place.complaints.found)
        if answered.status != 200:
            check_error(answered)
            return
        told = json.loads(answered.body)
        assert (told["response_id"], told["customer_id"]) == (GIVEN, "C-1")
        timeline = place.ledger.customers.timeline("default", "C-1", limit=1000)
        assert told["key"] in {entry.detail.get("key") for entry in timeline}

    ask()


@pytest.mark.skipif(not SCHEMATHESIS.exists(), reason="Schemathesis is not installed: make fuzz installs it")
def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    schema = tmp_path / "own_doors.json"
    schema.write_text(json.dumps(document()))
    most = examples(OF_SCHEMATHESIS).max_examples
    with (
        logged_errors() as complaints,
        served(Upstream()) as upstream,
        served(create_fuzzed(tmp_path, upstream, Denying())) as url,
    ):
        command = [SCHEMATHESIS, "run", schema, "--url", url, "--checks", ",".join(CHECKS)]
        options = ["--max-examples", str(most), "--no-color", "--continue-on-failure"]
        ran = subprocess.run([*command, *options], cwd=tmp_path, capture_output=True, text=True, timeout=1800)
    generated = re.search(r"(\d+) generated", ran.stdout)
    TALLY["requests of Schemathesis at our own doors"] += int(generated[1]) if generated else 0
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert not complaints.found

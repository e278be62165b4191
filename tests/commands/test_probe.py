"""``cxai corpus probe``: what would have passed, by kind; findings become cases that ``cxai policies test`` tries."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.command_line import Cxai, cxai

__all__ = ["cxai"]

PAGE = """---
title: Cancelling a stay
owner: Hotels
effective_from: 2026-01-01
audience: customer
---
# Cancelling a stay

You may cancel by telephone until 48 hours before arrival. The deposit of $25 is refunded within 10 business days.
We charge no fee if you cancel in time, unless a trade fair takes place in the city.
"""
NOTHING = """---
title: Nothing yet
owner: Hotels
effective_from: 2026-01-01
---
Soon.
"""


@pytest.fixture(autouse=True)
def documents(tmp_path: Path) -> None:
    for name in ("policy_corpus", "policies/tests"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "policy_corpus/cancelling.md").write_text(PAGE)


def probe(cxai: Cxai, *options: str):  # type: ignore[no-untyped-def]
    return cxai(
        "corpus", "probe", "policy_corpus", "--policies", "policies", "--as-of", "2026-06-01", *options
    )


def test_the_report_counts_each_kind_and_lists_what_would_have_passed(cxai: Cxai) -> None:
    ran = probe(cxai, "--all", "--json")
    rows = ran.json_lines()
    kinds = {row["attack"]: row for row in rows if row["type"] == "kind"}
    assert kinds["wrong number"]["tried"] >= 2 and kinds["true"]["tried"] >= 3
    delivered = [row for row in rows if row["type"] == "finding" and row["found"] == "delivered"]
    false = [row for row in kinds.values() if row["attack"] != "true"]
    assert len(delivered) == sum(row["wrong"] for row in false)
    assert ran.status == (1 if delivered else 0)
    for row in delivered:
        assert row["text"] != row["original"] and (row["document"], row["path"]) == (
            "cancelling",
            "cancelling.md",
        )


def test_what_passed_becomes_a_case_that_fails_until_the_guard_is_better(cxai: Cxai, tmp_path: Path) -> None:
    ran = probe(cxai, "--all", "--write-cases", "policies/tests/probed.yaml")
    written = (tmp_path / "policies/tests/probed.yaml").read_text()
    assert ran.status == 1 and "expect:\n    - stopped" in written
    tested = cxai("policies", "test", "--corpus", "policy_corpus", "--policies", "policies", "--json")
    assert tested.status == 1
    probed = [row for row in tested.json_lines() if row["kind"] == "answer"]
    assert len(probed) == written.count("- name: probe-")
    assert not any(row["passed"] for row in probed)


def test_a_share_may_be_allowed_to_pass(cxai: Cxai) -> None:
    assert probe(cxai, "--all", "--allow", "1").status == 0


def test_text_says_what_the_guard_made_of_it_and_where_the_sentence_stands(cxai: Cxai) -> None:
    ran = probe(cxai, "--all")
    assert "would have been delivered (" in ran.out
    assert "  cancelling.md:9 says: “" in ran.out
    assert "false sentences would have been delivered" in ran.out.splitlines()[-1]


def test_a_file_of_cases_is_never_written_over(cxai: Cxai, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("cases: []\n")
    ran = probe(cxai, "--write-cases", "mine.yaml")
    assert ran.status == 2 and "mine.yaml exists; name a new file" in ran.err
    assert (tmp_path / "mine.yaml").read_text() == "cases: []\n"


def test_documents_that_state_nothing_are_said_to_be_so(cxai: Cxai, tmp_path: Path) -> None:
    (tmp_path / "policy_corpus/cancelling.md").write_text(NOTHING)
    ran = probe(cxai)
    assert ran.status == 2 and "nothing can be made of these documents" in ran.err

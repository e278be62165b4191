"""What rested on a changed statement is found: answers that customers got, and rules that name it."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import RunningProxy, StartProxy
from support.command_line import Cxai

from proxy.authoring.changes.affected import resting_on
from proxy.authoring.changes.diff import corpus_changes
from proxy.corpus.reading import read_content
from proxy.ledger.records import DecisionRecord
from proxy.models.embedder import Embedder
from proxy.models.entailment import EntailmentModel

POLICY = """---
title: Refunds
effective_from: 2026-01-01
---
# Refunds

Refunds are paid within 30 days to the card that was used for the purchase.

Gift cards cannot be refunded.
"""
RULES = """routes:
  - name: all
rules:
  - name: late-refund
    when: tool_call.name == "issue_refund" && tool_call.arguments.days > 30
    effect: stop_tool_call
    reason: refunds.md allows less
  - name: other
    when: tool_call.name == "book"
    effect: stop_tool_call
    reason: nothing to do with it
"""


CASES = """cases:
  - name: refund-window
    question: When do I get my refund?
    answer: Refunds are paid within 30 days.
    expect: supported
  - name: gift-cards
    answer: Gift cards cannot be refunded.
    expect: supported
"""


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """The documents as they are, and as they are to be."""
    old, new = tmp_path / "old", tmp_path / "new"
    for folder, days in ((old, "30"), (new, "14")):
        folder.mkdir()
        (folder / "refunds.md").write_text(POLICY.replace("30 days", f"{days} days"), encoding="utf-8")
    return old, new


def asked(proxy: RunningProxy, question: str, answer: str) -> None:
    proxy.provider.answers(answer)
    assert proxy.ask(question).status_code == 200


def rows_of(cxai: Cxai, proxy: RunningProxy, old: Path, new: Path, *options: str) -> dict[str, list[dict]]:  # type: ignore[type-arg]
    ran = cxai(
        "corpus", "diff", str(old), str(new), "--json", "--database-url", proxy.database_url,
        "--policies", str(proxy.policies), *options,
    )  # fmt: skip
    assert ran.status == 1, ran.err
    rows: dict[str, list[dict]] = {}  # type: ignore[type-arg]
    for row in ran.json_lines():
        rows.setdefault(row["what"], []).append(row)
    return rows


@pytest.mark.parametrize("ledger_url", ["sqlite", "postgresql"], indirect=True)
def test_answers_that_the_new_text_judges_otherwise_are_found(
    ledger_url: str, cxai: Cxai, start_proxy: StartProxy, folders: tuple[Path, Path]
) -> None:
    old, new = folders
    proxy = start_proxy(corpus=old, policies=RULES, database_url=ledger_url)
    asked(proxy, "When do I get my refund?", "Refunds are paid within 30 days.")
    asked(proxy, "Where does it go?", "Refunds go to the card that was used for the purchase.")
    asked(proxy, "And gift cards?", "Gift cards cannot be refunded.")
    asked(proxy, "Hello", "Hello!")
    rows = rows_of(cxai, proxy, old, new)
    (change,) = rows["change"]
    assert change["words"].startswith("Refunds are paid within 30 → 14 days to the card")
    told = {row["claim"]: (row["before"], row["after"]) for row in rows["answer"]}
    assert told == {
        "Refunds are paid within 30 days.": ("supported", "contradicted"),
        "Refunds go to the card that was used for the purchase.": (None, None),
    }
    (summary,) = rows["summary"]
    assert (summary["answers_read"], summary["answers_resting"]) == (4, 2)
    assert (summary["claims_judged"], summary["claims_with_another_verdict"]) == (2, 1)
    assert {row["name"] for row in rows["rule"]} == {"rule late-refund"}
    assert [row["why"].split(";")[0] for row in rows["rule"]] == ["names refunds", "has the number 30"]


def test_test_cases_that_the_new_text_judges_otherwise_are_found(
    cxai: Cxai, folders: tuple[Path, Path], tmp_path: Path
) -> None:
    policies = tmp_path / "policies"
    (policies / "tests").mkdir(parents=True)
    (policies / "tests" / "refunds.yaml").write_text(CASES, encoding="utf-8")
    spec = (str(folders[0]), str(folders[1]), "--policies", str(policies))
    (case,) = [row for row in cxai("corpus", "diff", *spec, "--json").json_lines() if row["what"] == "case"]
    assert (case["name"], case["line"], case["expect"]) == ("refund-window", 2, ["supported"])
    assert (case["before"], case["after"]) == ("supported", "contradicted")
    told = cxai("corpus", "diff", *spec).out.splitlines()[-1]
    assert told.endswith('refunds.yaml:2: case "refund-window" expects supported: supported → contradicted')


def test_a_quote_is_known_by_its_words_and_not_by_its_marks(
    embedder: Embedder, entailment: EntailmentModel
) -> None:
    text = "# Refunds\n\nSee [our **terms**](https://a.example/terms), which allow 30 days. Gift cards are excluded.\n"
    states = [[read_content("a.md", one.encode())] for one in (text, text.replace("30 days", "14 days"))]
    changes = corpus_changes(states[0], states[1], embedder, entailment.judge)

    def rests(quote: str) -> bool:
        claim = {"start": 0, "end": 3, "text": "Yes", "evidence": [{"document": "a", "quote": quote}]}
        choices = [{"choice": 0, "delivered_text": "Yes.", "claims": [claim]}]
        record = DecisionRecord(
            "r", datetime.now(UTC), "all", "enforce", "deliver", True, "m", choices=choices
        )
        return bool(list(resting_on(changes, [record])))

    assert rests("See [our **terms**](https://a.example/terms), which allow 30 days.")
    assert not rests("Gift cards are excluded.")
    assert not rests("A quote of another text.")


def test_no_more_is_judged_than_was_asked_for(
    cxai: Cxai, start_proxy: StartProxy, folders: tuple[Path, Path]
) -> None:
    proxy = start_proxy(corpus=folders[0])
    for _ in range(3):
        asked(proxy, "When do I get my refund?", "Refunds are paid within 30 days.")
    (summary,) = rows_of(cxai, proxy, *folders, "--judge", "2")["summary"]
    assert (summary["answers_resting"], summary["claims_judged"]) == (3, 2)
    (summary,) = rows_of(cxai, proxy, *folders, "--limit", "1", "--judge", "0")["summary"]
    assert (summary["answers_read"], summary["answers_resting"], summary["claims_judged"]) == (1, 1, 0)


def test_without_texts_the_section_tells_which_answers_may_rest_on_it(
    cxai: Cxai, start_proxy: StartProxy, folders: tuple[Path, Path]
) -> None:
    proxy = start_proxy(corpus=folders[0], store_text="none")
    asked(proxy, "When do I get my refund?", "Refunds are paid within 30 days.")
    (answer,) = rows_of(cxai, proxy, *folders)["answer"]
    assert (answer["quoted"], answer["claim"], answer["after"]) == (False, None, None)


def test_a_diff_is_told_in_words(cxai: Cxai, start_proxy: StartProxy, folders: tuple[Path, Path]) -> None:
    old, new = folders
    proxy = start_proxy(corpus=old, policies=RULES)
    asked(proxy, "When do I get my refund?", "Refunds are paid within 30 days.")
    ran = cxai(
        "corpus",
        "diff",
        str(old),
        str(new),
        "--database-url",
        proxy.database_url,
        "--policies",
        str(proxy.policies),
    )
    lines = ran.out.splitlines()
    assert lines[0] == f"{old} → {new}: 1 change in 1 document"
    assert lines[3] == (
        "    line 7: value: Refunds are paid within 30 → 14 days to the card that was used for the purchase."
    )
    assert (
        "1 recorded answer looked at" in lines[5]
        and "1 would get another verdict (1 supported → contradicted)" in lines[5]
    )
    assert "“Refunds are paid within 30 days.”: the policy says" in lines[6]
    assert lines[7] == "rule late-refund names refunds"
    assert lines[8].startswith("rule late-refund has the number 30; in refunds it changed: Refunds are paid")


def test_two_revisions_of_git_are_compared(cxai: Cxai, folders: tuple[Path, Path]) -> None:
    old, new = folders
    git = ["git", "-C", str(old), "-c", "user.name=a", "-c", "user.email=a@b.example"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"], ["tag", "first"]):
        subprocess.run([*git, *command], check=True)
    (old / "refunds.md").write_text((new / "refunds.md").read_text(encoding="utf-8"), encoding="utf-8")
    assert "30 → 14 days" in cxai("corpus", "diff", "first", "--corpus", str(old)).out
    subprocess.run([*git, "commit", "-qam", "second"], check=True)
    assert cxai("corpus", "diff", "HEAD", "--corpus", str(old)).status == 0
    told = cxai("corpus", "diff", "first", f"{old}@HEAD", "--corpus", str(old), "--json")
    assert (told.status, json.loads(told.out.splitlines()[0])["old"]) == (1, "30 days")
    assert "There is no ledger here" in cxai("corpus", "diff", "first", "HEAD", "--corpus", str(old)).out


def test_a_revision_that_is_not_there_is_said_with_the_way_out(
    cxai: Cxai, folders: tuple[Path, Path]
) -> None:
    ran = cxai("corpus", "diff", "nosuch", "--corpus", str(folders[0]))
    assert ran.status == 2
    assert (
        "git cannot read this revision" in ran.err
        and "write a folder, FOLDER@REVISION, or a git revision" in ran.err
    )


def test_only_reworded_statements_are_folded_away(cxai: Cxai, folders: tuple[Path, Path]) -> None:
    old, new = folders
    text = (old / "refunds.md").read_text(encoding="utf-8")
    (new / "refunds.md").write_text(
        text.replace("Gift cards cannot be refunded.", "Gift cards can not be refunded."), encoding="utf-8"
    )
    ran = cxai("corpus", "diff", str(old), str(new))
    assert (ran.status, ran.out) == (
        0,
        f"{old} → {new}: 0 changes in 0 documents (1 only reworded; --all shows them)\n",
    )
    assert "reworded: “Gift cards cannot" in cxai("corpus", "diff", str(old), str(new), "--all").out

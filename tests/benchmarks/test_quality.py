"""The benchmark counts what it says it counts."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks.quality.cases import (
    NATURAL,
    Case,
    by_tool,
    labelled_cases,
    policy_claim,
    reading_of,
    retrieved,
)
from benchmarks.quality.corpora import company_corpora, company_files, document_file
from benchmarks.quality.first_verifier import first_verifier
from benchmarks.quality.served_process import resident_mib
from benchmarks.quality.tables import Table, write_tables
from benchmarks.quality.whole_answers import Sentence, is_stopped, tabled

from proxy.grounding.text.segments import segment
from proxy.models.embedder import Embedder
from proxy.models.training.measures import Figure, Share

ANSWER = "You have 30 days. You need:\n\n- the receipt\n- a form"


def claim(start: int, end: int, action: str) -> dict[str, object]:
    return {"start": start, "end": end, "action": action}


@pytest.mark.parametrize(
    ("claims", "stopped"),
    [
        ([claim(0, 20, "rewrite")], True),
        ([claim(0, 20, "deliver")], False),
        ([claim(0, 12, "deliver"), claim(12, 20, "escalate")], True),  # one of its two pieces
        ([claim(0, 90, "rewrite")], True),  # a piece that holds it
        ([claim(19, 60, "rewrite")], False),  # the next sentence, whose piece begins one character early
        ([], False),
    ],
)
def test_a_sentence_is_stopped_when_a_piece_of_it_is(claims: list[dict[str, object]], stopped: bool) -> None:
    assert is_stopped({"start": 0, "end": 20}, claims) is stopped


def test_one_stopped_sentence_touches_the_whole_answer() -> None:
    sentences = [
        Sentence("a", "d1", "supported", clean=True, stopped=False, verified=True),
        Sentence("a", "d1", "not_a_claim", clean=True, stopped=True, verified=True),
        Sentence("b", "d2", "supported", clean=True, stopped=False, verified=True),
        Sentence("c", "d2", "contradicted", clean=False, stopped=True, verified=False),
    ]
    table = tabled("answers", sentences)
    found = {row[0]: (row[1].count, row[1].n) for row in table.rows}
    assert found["clean answers untouched"] == (1, 2)
    assert found["supported sentences delivered"] == (2, 2)
    assert found["not_a_claim sentences delivered"] == (0, 1)
    assert found["bad sentences stopped"] == (1, 1)
    assert table.note == "3 answers, 1 of them not verified."


def test_a_list_item_is_read_with_its_introduction() -> None:
    start = ANSWER.index("the receipt")
    sentence = {"text": "the receipt", "start": start, "end": start + len("the receipt")}
    assert reading_of(sentence, segment(ANSWER)) == "You need: the receipt"


def test_what_a_tool_said_is_no_question_for_policy() -> None:
    assert by_tool({"evidence": "due 3 May"}, ['{"invoice": "due 3 May"}'])
    assert not by_tool({"evidence": None}, ["anything"])
    assert not by_tool({"evidence": ""}, ["anything"])


def written(folder: Path) -> Path:
    """Labelled data of two documents, in the format of the real files."""
    documents = [
        {"doc_id": "d1", "title": 'The "plus" fare', "text": "Refunds take 30 days.", "company": "first"},
        {"doc_id": "d2", "title": "Other", "text": "Parcels cost 3 euros.", "company": "second"},
    ]
    claims = [
        {
            "id": "1",
            "doc_id": "d1",
            "question": "?",
            "claim": "Refunds take 90 days.",
            "label": "contradicted",
        }
        | {"type": "wrong_number"}
    ]
    sentences = [
        {"text": "Hello.", "start": 0, "end": 6, "label": "not_a_claim", "evidence": None},
        {"text": "It is 3 euros.", "start": 7, "end": 21, "label": "supported", "evidence": "cost 3 euros"},
        {"text": "You paid 9.", "start": 22, "end": 33, "label": "supported", "evidence": "paid: 9"},
    ]
    answers = [
        {"id": "a", "doc_id": "d2", "question": "?", "answer": "Hello. It is 3 euros. You paid 9."}
        | {"sentences": sentences, "tool_results": ["paid: 9"], "clean": True}
    ]
    for name, rows in (("docs", documents), ("claims.dev", claims), ("answers.dev", answers)):
        lines = "\n".join(json.dumps(row) for row in rows)
        (folder / f"policy_{name}.jsonl").write_text(lines + "\n", encoding="utf-8")
    return folder


def test_cases_are_the_claims_and_the_sentences_that_policy_must_bear_out(tmp_path: Path) -> None:
    cases = labelled_cases(written(tmp_path), "dev")
    assert [(case.claim.text, case.company, case.label) for case in cases] == [
        ("Refunds take 90 days.", "first", "contradicted"),
        ("It is 3 euros.", "second", "supported"),
    ]
    assert cases[1].kind == NATURAL and cases[1].facts[0].text == "paid: 9"


def test_a_company_has_its_own_documents_alone_without_the_bank(tmp_path: Path) -> None:
    files = company_files(written(tmp_path), ["second", "first"], among_bank=False)
    assert {company: list(found) for company, found in files.items()} == {
        "first": ["first/d1.md"],
        "second": ["second/d2.md"],
    }


def test_tables_are_markdown_and_json(tmp_path: Path) -> None:
    rows = [["a|b", Share(1, 2, 0.0, 1.0), Figure(float("nan"), float("nan"), float("nan"))]]
    write_tables(tmp_path / "out", [Table("T", ["what", "share", "figure"], rows, "n=2")])
    markdown = (tmp_path / "out.md").read_text(encoding="utf-8").splitlines()
    assert markdown[0] == "### T"
    assert markdown[-1].split(" | ")[1:] == ["1/2 = 50.0% [0%, 100%]", "     – |"]
    [stored] = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert stored["rows"][0]["share"] == {"count": 1, "n": 2, "low": 0.0, "high": 1.0}
    assert stored["rows"][0]["figure"] == {"value": None, "low": None, "high": None}


def test_memory_is_read_as_the_kernel_tells_it() -> None:
    status = Path(f"/proc/{os.getpid()}/status").read_text(encoding="utf-8")
    assert 5 < resident_mib(status, "VmRSS") <= resident_mib(status, "VmHWM")
    with pytest.raises(ValueError, match="VmNothing"):
        resident_mib(status, "VmNothing")


def test_the_first_issues_verifier_judges_as_it_did() -> None:
    """A second for its process: it is other code, with a model of its own to load."""
    found = first_verifier()
    if not found:
        pytest.skip("the git history is not here")
    [first] = found
    files = {
        "shop": {
            "shop/refunds.md": document_file("Refunds", "Refunds take 30 days.\n\nParcels cost 3 euros.")
        }
    }
    corpus = company_corpora(files, Embedder.load())["shop"]
    judged = {}
    for text in ("Refunds take 30 days.", "Refunds take 90 days."):
        case = Case(NATURAL, "shop", "refunds", None, policy_claim(text), "", "")
        judged[text] = first.check(replace(case, hits=retrieved(case, corpus)))
    first.close()
    assert first.version.startswith("1-")
    assert [each.label for each in judged.values()] == ["supported", "contradicted"]
    assert judged["Refunds take 30 days."].score > 0.65 > judged["Refunds take 90 days."].score

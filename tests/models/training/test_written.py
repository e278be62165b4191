"""What was written to train on is as the labelled data is: each label with the words that decide, each place exact."""

from __future__ import annotations

import json
from typing import Any

import pytest

from proxy.models.training.labelled_claims import WRITTEN

LABELS = {"supported", "contradicted", "unsupported"}


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (WRITTEN / name).read_text(encoding="utf-8").splitlines()]


CLAIMS, ANSWERS = lines("policy_claims.train.jsonl"), lines("policy_answers.train.jsonl")
SENTENCES = [sentence for answer in ANSWERS for sentence in answer["sentences"]]


def test_each_claim_has_a_label_and_the_words_that_decide() -> None:
    assert {row["label"] for row in CLAIMS} == LABELS
    for row in CLAIMS:
        # Of what nothing says, the nearest is named; it decides nothing.
        assert (row["evidence"] is None) == (row["label"] == "unsupported"), row["id"]
        assert row["evidence"] or row["near"], row["id"]


def test_sentences_lie_where_they_are_said_to() -> None:
    assert {sentence["label"] for sentence in SENTENCES} == LABELS | {"not_a_claim"}
    for answer in ANSWERS:
        for sentence in answer["sentences"]:
            assert answer["answer"][sentence["start"] : sentence["end"]] == sentence["text"], answer["id"]
        slips = [one for one in answer["sentences"] if one["label"] in ("contradicted", "unsupported")]
        assert answer["clean"] == (not slips)


@pytest.mark.parametrize("rows", [CLAIMS, ANSWERS], ids=["claims", "answers"])
def test_nothing_is_there_twice(rows: list[dict[str, Any]]) -> None:
    said = [(row["doc_id"], row["question"], row.get("claim", row.get("answer"))) for row in rows]
    assert len({row["id"] for row in rows}) == len(rows) == len(set(said))


def test_excerpts_are_of_documents_that_are_written_on() -> None:
    """Their texts stand in the labelled data alone, under their own licences."""
    excerpts = lines("excerpts.jsonl")
    written_on = {row["doc_id"] for row in [*CLAIMS, *ANSWERS]}
    for row in excerpts:
        assert row["doc_id"] in written_on and row.keys() == {"doc_id", "company", "title", "parts"}
        places = [place for part in row["parts"] for place in part]
        assert places and places == sorted(set(places)), row["doc_id"]
    assert len({row["doc_id"] for row in excerpts}) == len(excerpts)

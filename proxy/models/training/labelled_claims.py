"""Labelled claims with the passages that retrieval brings for them: what the verifier is fitted and measured on.

Reads ``policy_claims`` and ``policy_answers`` (JSON lines) with their ``policy_docs``; a claim is judged against its
own company's documents. Sentences that rest on a tool's result, or claim nothing, are left out. To the training split
belongs what was written for it (``written/``).
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from proxy.corpus.corpus import Corpus
from proxy.corpus.documents import Hit, Scope
from proxy.corpus.reading import read_content
from proxy.grounding.text.segments import Segment, segment
from proxy.models.embedder import Embedder
from proxy.models.training.open_documents import json_lines, open_documents

WRITTEN = Path(__file__).parent / "written"

_SLACK = 4  # characters of list marks and spaces that a label may count otherwise
_ANY_DATE = Scope(datetime(2026, 1, 1, tzinfo=UTC))
_STRANGERS_EVERY = 3
_STRANGERS_SEED = 11


@dataclass(frozen=True, slots=True)
class LabelledClaim:
    """``source`` is "claims" (adversarial), "answers" (natural), or made from a true sentence: "edits",
    "strangers"; "documents" are made from policy texts without labels.

    ``claim`` is how the sentence reads by itself: a list item after the sentence that introduces it. ``facts`` are the
    tool results that the answer had.
    """

    id: str
    source: str
    company: str
    question: str
    claim: str
    label: str
    type: str
    hits: tuple[Hit, ...] = ()
    facts: tuple[str, ...] = ()

    @property
    def supported(self) -> bool:
        return self.label == "supported"


def load(data: Path, split: str, embedder: Embedder) -> list[LabelledClaim]:
    """All labelled claims of a split ("train", "dev") with their hits, in the files' order."""
    folders, documents = [data], list(json_lines(data / "policy_docs.jsonl"))
    if split == "train":
        folders.append(WRITTEN)
        documents += _excerpts(data)
    companies = {document["doc_id"]: document["company"] for document in documents}
    rows = [
        row for read in (_claims, _answers) for folder in folders for row in read(folder, split, companies)
    ]
    corpora = _corpora(documents, {row.company for row in rows}, embedder)
    rows = [replace(row, hits=retrieved(row, corpora[row.company])) for row in rows]
    return [*rows, *_strangers(rows, corpora)]


def _strangers(rows: list[LabelledClaim], corpora: dict[str, Corpus]) -> list[LabelledClaim]:
    """True natural sentences before another company's documents, which have nothing on them: one in three."""
    random = Random(_STRANGERS_SEED)
    natural = [row for row in rows if row.supported and row.source == "answers" and not row.facts]
    made = []
    for row in natural[::_STRANGERS_EVERY]:
        company = random.choice([name for name in sorted(corpora) if name != row.company])
        hits = retrieved(row, corpora[company])
        made.append(replace(row, source="strangers", label="unsupported", type="other_company", hits=hits))
    return made


def retrieved(row: LabelledClaim, corpus: Corpus) -> tuple[Hit, ...]:
    """What our own retrieval brings for the claim and its question."""
    return tuple(corpus.retrieve(row.claim, _ANY_DATE, question=row.question))


def corpus_of(texts: Sequence[tuple[str, str]], embedder: Embedder) -> Corpus:
    """A corpus of documents that are given as (title, Markdown)."""
    read = [
        read_content(
            f"document-{number}.md",
            f"---\ntitle: {json.dumps(title, ensure_ascii=False)}\n---\n{text}".encode(),
        )
        for number, (title, text) in enumerate(texts)
    ]
    return Corpus(read, embedder)


def _corpora(documents: list[dict[str, Any]], wanted: set[str], embedder: Embedder) -> dict[str, Corpus]:
    by_company = defaultdict(list)
    for document in documents:
        if document["company"] in wanted:
            by_company[document["company"]].append((document["title"], document["text"]))
    return {company: corpus_of(texts, embedder) for company, texts in by_company.items()}


def _excerpts(data: Path) -> Iterator[dict[str, Any]]:
    """The parts of open documents that sentences were written on; only their places are kept in ``written/``."""
    texts = {document.id: document.text for document in open_documents(data)}
    for row in json_lines(WRITTEN / "excerpts.jsonl"):
        whole = texts[row["doc_id"]]
        yield {**row, "text": "".join(whole[start:end] for start, end in row["parts"])}


def _claims(data: Path, split: str, companies: dict[str, str]) -> Iterator[LabelledClaim]:
    for row in json_lines(data / f"policy_claims.{split}.jsonl"):
        company = companies[row["doc_id"]]
        yield LabelledClaim(
            row["id"], "claims", company, row["question"], row["claim"], row["label"], row["type"]
        )


def _answers(data: Path, split: str, companies: dict[str, str]) -> Iterator[LabelledClaim]:
    for row in json_lines(data / f"policy_answers.{split}.jsonl"):
        pieces = segment(row["answer"])
        for sentence in row["sentences"]:
            by_tool = any((sentence["evidence"] or "\0") in result for result in row["tool_results"])
            if sentence["label"] != "not_a_claim" and not by_tool:
                company, kind = companies[row["doc_id"]], "clean" if row["clean"] else "slip"
                claim = _reading(sentence["text"], sentence["start"], sentence["end"], pieces)
                yield LabelledClaim(
                    row["id"],
                    "answers",
                    company,
                    row["question"],
                    claim,
                    sentence["label"],
                    kind,
                    facts=tuple(row["tool_results"]),
                )


def _reading(text: str, start: int, end: int, pieces: Sequence[Segment]) -> str:
    """The reading of the piece that a labelled sentence is; the sentence itself where the pieces are cut otherwise."""
    for piece in pieces:
        if abs(piece.start - start) <= _SLACK and abs(piece.end - end) <= _SLACK:
            return piece.reading
    return text


_NUMBER = re.compile(
    r"(?<![\w.])\d+(?:[.,]\d+)*(?!\w)|\b(?:two|three|four|five|six|seven|eight|nine|ten|twelve)\b"
)
_NUMBER_WORDS = "two three four five six seven eight nine ten twelve".split()
_SWAPS = tuple(
    tuple(pair.split("/"))
    for pair in (
        "before/after,after/before,minimum/maximum,maximum/minimum,at least/at most,up to/at least,must/need not,"
        "may not/may,cannot/can,can't/can,isn't/is,aren't/are,doesn't/does,is not/is,are not/are,do not/do,won't/will,"
        "don't/do,included/excluded,refundable/non-refundable,first/last,both/neither,working days/days,"
        "business days/calendar days,days/weeks,hours/days,months/years,only/also,always/never,without/with,unless/if,"
        "can/cannot,may/may not,must/don't have to,have to/don't have to,need to/don't need to"
    ).split(",")
)


def edited(rows: list[LabelledClaim], seed: int = 7) -> list[LabelledClaim]:
    """One-edit falsehoods from the true sentences: a number changed, or one word turned into its opposite."""
    random = Random(seed)
    made = []
    for row in rows:
        near_text = row.source == "answers" or row.type in ("verbatim", "list_item", "paraphrase")
        if not row.supported or not near_text:
            continue
        for kind, text in (
            ("number", _other_number(row.claim, random)),
            ("word", _other_word(row.claim, random)),
        ):
            if text is not None and text != row.claim:
                made.append(
                    replace(row, source="edits", claim=text, label="contradicted", type=f"edit_{kind}")
                )
    return made


def _other_number(text: str, random: Random) -> str | None:
    found = [match for match in _NUMBER.finditer(text) if not re.fullmatch(r"(?:19|20)\d\d", match.group())]
    if not found:
        return None
    match = random.choice(found)
    return text[: match.start()] + _changed(match.group(), random) + text[match.end() :]


def _changed(number: str, random: Random) -> str:
    if number in _NUMBER_WORDS:
        return random.choice([word for word in _NUMBER_WORDS if word != number])
    try:
        amount = float(number.replace(",", ""))
    except ValueError:
        return number
    other = (
        amount * random.choice([0.5, 1.5, 2, 3])
        if random.random() < 0.6
        else amount + random.choice([1, 2, 5])
    )
    decimals = len(number.split(".")[1]) if "." in number else 0
    text = f"{other:,.{decimals}f}" if "," in number else f"{other:.{decimals}f}"
    return text if text != number else str(int(amount) + 3)


def _other_word(text: str, random: Random) -> str | None:
    found = [
        (match, new)
        for old, new in _SWAPS
        for match in re.finditer(rf"\b{re.escape(old)}\b", text, re.IGNORECASE)
    ]
    if not found:
        return None
    match, new = random.choice(found)
    new = new.capitalize() if match.group()[0].isupper() else new
    return text[: match.start()] + new + text[match.end() :]

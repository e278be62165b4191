"""Whole answers through the door that customers' systems use: ``POST /v1/guard/check`` of a served proxy."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml
from benchmarks.quality.cases import by_tool
from benchmarks.quality.corpora import BANK, CACHE, company_files
from benchmarks.quality.tables import Table
from support.serving import served

from proxy.app import create_app
from proxy.models.training.measures import share
from proxy.settings import Settings

REPOSITORY = Path(__file__).parents[3]
TEST_DATA = REPOSITORY / "tests" / "data"
SHIPPED_ANSWERS = "shipped_corpus_answers.jsonl"
SHIPPED_CASES = ("shipped_corpus_cases.yaml", "unseen_corpus_cases.yaml")
TODAY = "2026-11-25T12:00:00+00:00"  # the cases' labels hold on that day
DELIVER = "deliver"
JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A labelled sentence of an answer, and what would be done with it."""

    answer: str
    document: str
    label: str
    clean: bool
    stopped: bool
    verified: bool


@contextmanager
def proxy_before(corpus: Path, policies: Path, folder: Path, verifier: str) -> Iterator[httpx.Client]:
    """A client of a served proxy with these documents and routes."""
    settings = Settings(
        corpus=corpus,
        policies=policies,
        verifier=verifier,
        embedding_cache=CACHE,
        database_url=f"sqlite:///{folder / 'ledger.db'}",
        log_level="error",
    )
    with served(create_app(settings)) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


def check(client: httpx.Client, body: JsonObject, headers: Mapping[str, str] | None = None) -> JsonObject:
    """The ``cxai`` object of a text."""
    response = client.post("/v1/guard/check", json=body, headers=headers)
    response.raise_for_status()
    found: JsonObject = response.json()
    return found


def answer_table(data: Path, split: str, *, verifier: str, among_bank: bool) -> Table:
    rows = [json.loads(line) for line in (data / f"policy_answers.{split}.jsonl").open(encoding="utf-8")]
    documents = [json.loads(line) for line in (data / "policy_docs.jsonl").open(encoding="utf-8")]
    companies = {document["doc_id"]: document["company"] for document in documents}
    files = company_files(data, {companies[row["doc_id"]] for row in rows}, among_bank=among_bank)
    with tempfile.TemporaryDirectory() as folder:
        corpus, policies = written_corpus(Path(folder), files)
        with proxy_before(corpus, policies, Path(folder), verifier) as client:
            sentences = [
                sentence
                for row in rows
                for sentence in checked_sentences(client, row, companies[row["doc_id"]], row["doc_id"])
            ]
    return tabled(f"whole answers through the guard, {split}", sentences)


def written_corpus(folder: Path, files: Mapping[str, Mapping[str, bytes]]) -> tuple[Path, Path]:
    """A corpus folder of all companies, and a route for each that admits its own documents and the bank's."""
    corpus, policies = folder / "corpus", folder / "policies"
    for contents in files.values():
        for path, content in contents.items():
            file = corpus / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    policies.mkdir()
    routes = [
        {"name": company, "match": {"model": [company]}, "documents": [f"{company}/*", f"{BANK}/*"]}
        for company in files
    ]
    (policies / "routes.yaml").write_text(yaml.safe_dump({"routes": routes}), encoding="utf-8")
    return corpus, policies


def checked_sentences(
    client: httpx.Client, row: JsonObject, model: str, document: str, as_of: str | None = None
) -> Iterator[Sentence]:
    """What would be done with each labelled sentence of an answer in the format of ``policy_answers``."""
    tools = row.get("tool_results", [])
    body = {"answer": row["answer"], "question": row["question"], "tool_results": tools, "model": model}
    found = check(client, {**body, "as_of": as_of} if as_of else body)
    for sentence in row["sentences"]:
        tool = sentence["label"] == "supported" and by_tool(sentence, tools)
        yield Sentence(
            answer=row["id"],
            document=document,
            label="supported by a tool" if tool else sentence["label"],
            clean=row["clean"],
            stopped=is_stopped(sentence, found["claims"]),
            verified=found["verified"],
        )


def is_stopped(sentence: JsonObject, claims: Sequence[JsonObject]) -> bool:
    """Whether a piece that is mostly this sentence, or most of it, would not leave as the model wrote it."""
    length = sentence["end"] - sentence["start"]
    for claim in claims:
        shared = min(claim["end"], sentence["end"]) - max(claim["start"], sentence["start"])
        if 2 * shared >= min(length, claim["end"] - claim["start"]) and claim["action"] != DELIVER:
            return True
    return False


def tabled(title: str, sentences: Sequence[Sentence]) -> Table:
    clean = {(each.answer, each.document): True for each in sentences if each.clean}
    for each in sentences:
        if each.clean:
            clean[each.answer, each.document] &= not each.stopped
    rows: list[list[Any]] = [
        ["clean answers untouched", share(list(clean.values()), [document for _, document in clean])]
    ]
    for label, wanted in (
        ("supported", "delivered"),
        ("supported by a tool", "delivered"),
        ("not_a_claim", "delivered"),
        ("contradicted", "stopped"),
        ("unsupported", "stopped"),
    ):
        rows.append([f"{label} sentences {wanted}", _share_of(sentences, (label,), wanted == "stopped")])
    rows.append(["bad sentences stopped", _share_of(sentences, ("contradicted", "unsupported"), True)])
    unverified = len({each.answer for each in sentences if not each.verified})
    note = f"{len({each.answer for each in sentences})} answers, {unverified} of them not verified."
    return Table(title, ["what", "share"], rows, note)


def _share_of(sentences: Sequence[Sentence], labels: Sequence[str], stopped: bool) -> Any:
    chosen = [each for each in sentences if each.label in labels]
    return share([each.stopped is stopped for each in chosen], [each.document for each in chosen])


def shipped_corpus_tables(verifier: str) -> Iterator[Table]:
    """The labelled sentences and answers about the shipped corpus, by the shipped routes."""
    with (
        tempfile.TemporaryDirectory() as folder,
        proxy_before(REPOSITORY / "policy_corpus", REPOSITORY / "policies", Path(folder), verifier) as client,
    ):
        yield _shipped_sentences(client)
        rows = map(json.loads, (TEST_DATA / SHIPPED_ANSWERS).open(encoding="utf-8"))
        sentences = [
            sentence
            for row in rows
            for sentence in checked_sentences(client, row, row["company"], row["document"], TODAY)
        ]
    yield tabled("whole answers about the shipped corpus", sentences)


def _shipped_sentences(client: httpx.Client) -> Table:
    cases = [
        {"set": _set_of(name, case), **case}
        for name in SHIPPED_CASES
        for case in yaml.safe_load((TEST_DATA / name).read_text(encoding="utf-8"))
    ]
    stopped = [_case_is_stopped(client, case) for case in cases]
    rows = []
    for name in ("looked at", "held out", "unseen"):
        part = [(case, stop) for case, stop in zip(cases, stopped, strict=True) if case["set"] == name]
        good = [(case, not stop) for case, stop in part if case["label"] == "supported"]
        bad = [(case, stop) for case, stop in part if case["label"] != "supported"]
        rows.append(
            [name, *(share([f for _, f in each], [c["id"] for c, _ in each]) for each in (bad, good))]
        )
    return Table(
        "sentences about the shipped corpus", ["cases", "false ones stopped", "true ones delivered"], rows
    )


def _set_of(name: str, case: JsonObject) -> str:
    if name.startswith("unseen"):
        return "unseen"
    return "held out" if case["held_out"] else "looked at"


def _case_is_stopped(client: httpx.Client, case: JsonObject) -> bool:
    body = {"answer": case["claim"], "question": case["question"], "model": case["company"]}
    body["as_of"] = f"{case['as_of']}T00:00:00+00:00" if case.get("as_of") else TODAY
    headers = {"x-cxai-jurisdiction": case["jurisdiction"]} if case.get("jurisdiction") else {}
    return bool(check(client, body, headers)["decision"] != DELIVER)

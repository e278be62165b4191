"""What a machine needs: claims a second and core, memory, and the time of a start, by the size of the corpus.

    make bench-size [DATA=DIR] [ARGS="--passages 200 1000 10000 100000 --out build/bench/size"]

A ``cxai serve`` process is asked over HTTP by several clients at once for answers of eight claims, each of them new to
it. Time is the processor time of that process, so that other work on the machine hardly counts: claims of one second
are what one core can do when it does nothing else. Where the documents of DIR are too few, they come again as other
editions of themselves.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.quality.corpora import document_file
from benchmarks.quality.served_process import ServedProcess, serving
from benchmarks.quality.tables import Table, write_tables
from benchmarks.quality.whole_answers import check, written_corpus

from proxy.corpus.reading import read_content

SPLIT = "dev"
CLAIMS_OF_AN_ANSWER = 8
CLIENTS = 4
WARM_UP = 4
STARTS_WITHIN_S = 7200
# Every document counts, and on a busy machine no claim runs out of time.
PATIENT_ROUTE = "routes: [{name: all, judge_s: 120, retrieval_s: 60}]"
CORPORA = ("bank", "sourcegraph", "meltano", "legalmattic", "clef")
_LINE_OF_TEXT = re.compile(r"^(?![#|\s]|---|```).+$", re.MULTILINE)
Files = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Measured:
    """Times are seconds of processor time, memory is MiB of resident memory."""

    passages: int
    documents: int
    first_start_s: float
    start_s: float
    memory_ready: float
    memory_most: float
    claims_per_s: float


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with policy_docs.jsonl and the rest")
    parser.add_argument("--passages", type=int, nargs="+", default=[200, 1_000, 10_000, 100_000])
    parser.add_argument("--answers", type=int, default=60, help="how many answers of eight claims are judged")
    parser.add_argument("--out", type=Path, help="write OUT.md and OUT.json too")
    options = parser.parse_args()
    measured = []
    for passages in options.passages:
        measured.append(measure(options.data, passages, options.answers))
        print(measured[-1], flush=True)
    table = size_table(measured, options.answers)
    print(table.markdown())
    if options.out:
        write_tables(options.out, [table])


def measure(data: Path, passages: int, answers: int) -> Measured:
    files, count = corpus_files(data, passages)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus, policies = written_corpus(folder, {"all": files})
        (policies / "routes.yaml").write_text(PATIENT_ROUTE, encoding="utf-8")
        settings = {"CXAI_EMBEDDING_CACHE": str(folder / "embeddings.sqlite"), "CXAI_LOG_LEVEL": "info"}
        with serving(corpus, policies, folder, settings, starts_within_s=STARTS_WITHIN_S) as served:
            first_start_s = processor_s(served)
        with serving(corpus, policies, folder, settings, starts_within_s=STARTS_WITHIN_S) as served:
            start_s, ready = processor_s(served), served.memory_mib()
            rate = claims_per_s(served, bodies(data), answers)
            most = served.most_memory_mib()
    return Measured(count, len(files), first_start_s, start_s, ready, most, rate)


def corpus_files(data: Path, passages: int) -> tuple[Files, int]:
    """Files of a corpus with at least so many passages, those that the claims are about first; and the exact count."""
    files: Files = {}
    count = 0
    for path, title, text in _documents(data):
        content = document_file(title, text)
        found = len(read_content(path, content).passages)
        files[path] = content
        count += found
        if count >= passages:
            break
    return files, count


def _documents(data: Path) -> Iterator[tuple[str, str, str]]:
    """Path, title and text of every document of the data; then of their further editions, without an end."""
    originals = [*_labelled_documents(data), *_open_documents(data)]
    yield from originals
    for edition in itertools.count(2):
        for path, title, text in originals:
            changed = _LINE_OF_TEXT.sub(rf"\g<0> (Edition {edition})", text)
            yield path.replace(".md", f"-{edition}.md"), f"{title} {edition}", changed


def _labelled_documents(data: Path) -> list[tuple[str, str, str]]:
    rows = [json.loads(line) for line in (data / "policy_docs.jsonl").open(encoding="utf-8")]
    asked = {row["doc_id"] for row in _answers(data)}
    rows.sort(key=lambda row: row["doc_id"] not in asked)
    return [(f"{row['company']}/{row['doc_id']}.md", row["title"], row["text"]) for row in rows]


def _open_documents(data: Path) -> Iterator[tuple[str, str, str]]:
    for corpus in CORPORA:
        with gzip.open(data / "corpora" / f"{corpus}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for number, row in enumerate(map(json.loads, lines)):
                yield f"{corpus}/{number}.md", row["title"], row["content"]


def _answers(data: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (data / f"policy_answers.{SPLIT}.jsonl").open(encoding="utf-8")]


def bodies(data: Path) -> list[dict[str, Any]]:
    """Bodies of checks with eight sentences that claim something each."""
    claims = [
        (row["question"], sentence["text"])
        for row in _answers(data)
        for sentence in row["sentences"]
        if sentence["label"] != "not_a_claim"
    ]
    groups = [claims[at : at + CLAIMS_OF_AN_ANSWER] for at in range(0, len(claims), CLAIMS_OF_AN_ANSWER)]
    return [
        {"question": group[0][0], "answer": "\n\n".join(text for _, text in group)}
        for group in groups
        if len(group) == CLAIMS_OF_AN_ANSWER
    ]


def claims_per_s(served: ServedProcess, made: Sequence[dict[str, Any]], answers: int) -> float:
    """Claims judged in a second of the process's processor time."""
    # Another question makes another answer of it, so that nothing is remembered from the time before.
    asked = [
        {**body, "question": f"{body['question']} ({number})"}
        for number, body in enumerate(itertools.islice(itertools.cycle(made), WARM_UP + answers))
    ]
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(lambda body: judged_claims(served, body), asked[:WARM_UP]))
        began = processor_s(served)
        judged = sum(pool.map(lambda body: judged_claims(served, body), asked[WARM_UP:]))
    return judged / (processor_s(served) - began)


def judged_claims(served: ServedProcess, body: dict[str, Any]) -> int:
    found = check(served.client, body)
    if not found["verified"]:
        raise RuntimeError(f"an answer was not verified ({found['unverified_reason']}); nothing to measure")
    return sum(claim["verdict"] != "not_checkable" for claim in found["claims"])


def processor_s(served: ServedProcess) -> float:
    """Seconds of processor time that the process has used: ``utime`` and ``stime`` of ``/proc/PID/stat``."""
    stat = Path(f"/proc/{served.process.pid}/stat").read_text(encoding="ascii")
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def size_table(measured: Sequence[Measured], answers: int) -> Table:
    rows = [
        [
            f"{each.passages:,}",
            f"{each.documents:,}",
            f"{each.claims_per_s:.1f}",
            f"{each.memory_ready:.0f}",
            f"{each.memory_most:.0f}",
            f"{each.first_start_s:.1f}",
            f"{each.start_s:.1f}",
        ]
        for each in measured
    ]
    heads = [
        "documents",
        "claims/s per core",
        "MiB when ready",
        "MiB at most",
        "first start, CPU s",
        "later start, CPU s",
    ]
    return Table(f"by corpus size, {answers} answers of eight claims", ["passages", *heads], rows)


if __name__ == "__main__":
    main()

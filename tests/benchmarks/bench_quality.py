"""How good the judging is, beside what people use instead: tables with n and 95% intervals.

    make bench-quality [SPLITS="dev test"] [DATA=DIR] [ARGS="--parts claims --out build/bench/quality"]

Parts: ``claims`` (policy claims and sentences of answers: ranking, verdicts, calibration; by type, by company),
``answers`` (whole answers through the guard), ``corpus`` (sentences and answers about the shipped corpus), ``traffic``
(recorded conversations of a real agent), ``general`` (attribution to general texts), ``edits`` (made sentences, true
and with one thing changed). Nothing is fitted here, and nothing is kept but embeddings of documents.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

from benchmarks.measure_traffic import judged_sentences, traffic_table
from benchmarks.quality.cases import ADVERSARIAL, NATURAL, load_cases
from benchmarks.quality.checkers import Bm25, Checker, Cosine, Rapidfuzz, VerifierChecker, opened
from benchmarks.quality.claim_tables import by_company, by_type, comparison, judge
from benchmarks.quality.first_verifier import first_verifier
from benchmarks.quality.general import general_cases, general_table
from benchmarks.quality.packages import installed_packages
from benchmarks.quality.tables import Table, write_tables
from benchmarks.quality.whole_answers import answer_table, shipped_corpus_tables

from proxy.models.embedder import Embedder

NEEDED = ("policy_claims.{split}.jsonl", "policy_answers.{split}.jsonl", "policy_docs.jsonl")


def main() -> None:
    options = parsed()
    tables = []
    for name in options.parts:
        started = perf_counter()
        for table in PARTS[name](options):
            print(table.markdown(), flush=True)
            tables.append(table)
        print(f"({name}: {perf_counter() - started:.0f} s)\n", flush=True)
    if options.out:
        write_tables(options.out, tables)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with policy_claims.dev.jsonl and the rest"
    )
    parser.add_argument("--splits", nargs="+", default=["dev"])
    parser.add_argument("--parts", nargs="+", default=list(PARTS), choices=list(PARTS))
    parser.add_argument(
        "--no-bank", dest="among_bank", action="store_false", help="each company's documents alone"
    )
    parser.add_argument("--no-baselines", dest="baselines", action="store_false", help="only our verifier")
    parser.add_argument("--verifier", default="builtin", help="as the setting `verifier`: a kind, or JSON")
    parser.add_argument("--out", type=Path, help="write OUT.md and OUT.json too")
    options = parser.parse_args()
    for split in options.splits:
        for name in NEEDED:
            if not (options.data / name.format(split=split)).is_file():
                parser.error(
                    f"{options.data / name.format(split=split)} is not there; name its folder with --data"
                )
    return options


def checkers(options: argparse.Namespace, embedder: Embedder) -> list[Checker]:
    ours: list[Checker] = [VerifierChecker(opened(options.verifier, embedder))]
    if not options.baselines:
        return ours
    return [*ours, *first_verifier(), Cosine(embedder), Bm25(), Rapidfuzz(), *installed_packages()]


def claim_tables(options: argparse.Namespace) -> Iterator[Table]:
    embedder = Embedder.load()
    compared = checkers(options, embedder)
    for split in options.splits:
        cases = load_cases(options.data, split, embedder, among_bank=options.among_bank)
        judged = [judge(checker, cases) for checker in compared]
        for kind in (ADVERSARIAL, NATURAL):
            yield comparison(split, kind, [each.of_kind(kind) for each in judged])
        for kind in (ADVERSARIAL, NATURAL):
            yield by_type(split, kind, judged[0].of_kind(kind))
            yield by_company(split, kind, judged[0].of_kind(kind))


def answer_tables(options: argparse.Namespace) -> Iterator[Table]:
    for split in options.splits:
        yield answer_table(options.data, split, verifier=options.verifier, among_bank=options.among_bank)


def corpus_tables(options: argparse.Namespace) -> Iterator[Table]:
    yield from shipped_corpus_tables(options.verifier)


def traffic_tables(options: argparse.Namespace) -> Iterator[Table]:
    embedder = Embedder.load()
    yield traffic_table(
        list(judged_sentences(options.data / "traffic", opened(options.verifier, embedder), embedder))
    )


def general_tables(options: argparse.Namespace) -> Iterator[Table]:
    embedder = Embedder.load()
    cases = general_cases(options.data, embedder)
    yield general_table([judge(checker, cases) for checker in checkers(options, embedder)])


def edit_tables(options: argparse.Namespace) -> Iterator[Table]:
    # Here, because making sentences needs packages that only training has.
    from benchmarks.quality.made import made_cases, made_tables

    embedder = Embedder.load()
    cases = made_cases(options.data, embedder)
    yield from made_tables([judge(checker, cases) for checker in checkers(options, embedder)])


PARTS: dict[str, Callable[[argparse.Namespace], Iterator[Table]]] = {
    "claims": claim_tables,
    "answers": answer_tables,
    "corpus": corpus_tables,
    "traffic": traffic_tables,
    "general": general_tables,
    "edits": edit_tables,
}


if __name__ == "__main__":
    main()

"""How long ``cxai corpus lint`` takes for documents that are not ours, and what it finds in them.

``--data DIR`` has the labelled data's ``corpora/*.jsonl.gz`` and ``policy_docs.jsonl`` (``make bench-quality``).
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from proxy.authoring.lint.linting import lint


def texts(data: Path) -> Iterator[tuple[str, str]]:
    """Paths and texts of the policies of fictional companies, then of handbooks and terms."""
    for line in (data / "policy_docs.jsonl").read_text(encoding="utf-8").splitlines():
        document = json.loads(line)
        yield f"companies/{document['doc_id']}", document["text"]
    for corpus in sorted((data / "corpora").glob("*.jsonl.gz")):
        with gzip.open(corpus, "rt", encoding="utf-8") as lines:
            for line in lines:
                document = json.loads(line)
                yield f"{corpus.name.split('.')[0]}/{document['id']}", document["content"]


def write(folder: Path, name: str, text: str) -> None:
    path = folder / f"{re.sub(r'[^A-Za-z0-9/_-]', '_', name)}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--documents", type=int, nargs="*", default=[100, 300, 1000])
    options = parser.parse_args()
    every = list(texts(options.data))
    for number in options.documents:
        with tempfile.TemporaryDirectory() as folder:
            for name, text in every[:number]:
                write(Path(folder), name, text)
            started = time.perf_counter()
            found = lint(folder)
            spent = time.perf_counter() - started
        words = sum(len(text.split()) for _, text in every[:number])
        counted = Counter(f"{finding.check} ({finding.problem.severity.value})" for finding in found)
        print(f"{number} documents, {words:,} words: {spent:.2f} s; {dict(counted.most_common())}")


if __name__ == "__main__":
    main()

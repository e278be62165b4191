"""Whatever stands in the documents, lint ends and names lines that are there."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.authoring.lint.papers import Papers
from proxy.authoring.lint.registry import CHECKS
from proxy.corpus.problems import CorpusError
from proxy.corpus.reading import ReadDocument, read_content

PIECES = st.sampled_from(
    [
        *(
            "\n",
            "\r\n",
            "\n\n",
            " ",
            ". ",
            "# ",
            "## ",
            "- ",
            "1. ",
            "> ",
            "| ",
            " |\n|---|---|\n",
            "```\n",
            "**",
            "*",
        ),
        *(
            "_",
            "[a](",
            "](b.md#c)",
            "[x](#fees)",
            "![p](q.png)",
            "<a id='x'>",
            "<!-- ",
            " -->",
            "---\n",
            "timezone: ",
        ),
        *(
            "Refunds are usually paid within ",
            "30",
            " of the purchase",
            "a fee of 40",
            "up to 1,000",
            "at our discretion",
        ),
        *(
            "the Minimum Term",
            "a minimum term",
            '"Minimum Term" means ',
            "Fees",
            "fees",
            "Europe/London",
            "2026-01-01",
        ),
        *(
            "We may charge more than 5",
            "Any customer who leaves before the end of the month pays $5 for each day",
        ),
        *(
            "supersedes: a\n",
            "supersedes: b\n",
            "effective_to: 2025-12-31\n",
            "effective_from: 2026-02-01\n",
            "\u2028",
        ),
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=5), min_size=1, max_size=40).map("".join)


def read(path: str, text: str) -> list[ReadDocument]:
    try:
        return [read_content(path, text.encode("utf-8", "replace"))]
    except CorpusError:
        return []


@settings(deadline=None)
@given(first=TEXTS, second=TEXTS)
def test_lines_are_there_and_messages_are_one_line(first: str, second: str) -> None:
    front = "---\ntitle: Fees\neffective_from: 2026-01-01\n---\n"
    documents = [*read("a.md", first), *read("b.md", front + second), *read("c.md", front + first)]
    lines = {one.document.path: len(re.split(r"\r\n?|\n", one.document.text)) for one in documents}
    papers = Papers(documents, datetime(2026, 6, 1, tzinfo=UTC), lambda path: False)
    for check in CHECKS.values():
        for problem in check(papers):
            assert problem.line is None or 1 <= problem.line <= lines[problem.path]
            assert "\n" not in problem.message

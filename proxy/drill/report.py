"""The drill's table: rows for a screen, and the page in docs/."""

from __future__ import annotations

from collections.abc import Sequence

from proxy.drill.run import Result

COLUMNS = ("fault", "promised", "seen", "ok")

PAGE = """# What happens when something fails

`cxai drill` starts proxies of its own on loopback, breaks something around each of them, asks as a customer would
(whole, and as a stream where that makes sense), and compares what is seen with what is promised. It takes about half a
minute and ends with status 1 where a promise is not kept. This page is what `cxai drill --format markdown` prints; the
tests compare the two.

How to read it: *HTTP 200, refuse* is the status and the decision. *verified: no (timeout)* is what the headers say, and
in a stream the final object (the error event, where the stream ends with one). Body, decision record and trace say the
same; where one did not, it would be named. *recorded* means that the decision record is in the ledger, *the case is
kept* that the customer was told a reference and the ledger has it. What the customer reads is named in full. Which time
limit belongs to which step: [configuration.md](configuration.md#time-limits).

| fault | promised | seen | ok |
|---|---|---|---|
"""


def rows(results: Sequence[Result]) -> list[tuple[str, str, str, str]]:
    return [
        (
            f"{result.fault.name}: {result.fault.injected}",
            result.fault.promised.in_words(),
            result.seen_in_words(),
            "yes" if result.kept else "NO",
        )
        for result in results
    ]


def page(results: Sequence[Result]) -> str:
    """docs/drill.md."""
    lines = (" | ".join(cell.replace("|", "\\|") for cell in row) for row in rows(results))
    return PAGE + "".join(f"| {line} |\n" for line in lines)

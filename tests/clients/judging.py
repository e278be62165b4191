"""What a client must have seen in each case, and what the cases come to in the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from clients.registry import Client
from clients.running import Place, Run, run
from clients.upstream import CONVERSATION

# The table's columns, and the cases that each stands for.
COLUMNS = {
    "whole": ("whole",),
    "stream": ("stream",),
    "tools": ("tools",),
    "structured output": ("structured",),
    "errors": ("error",),
    "invented policy": ("rewritten", "rewritten_stream"),
    "`cxai`": ("cxai", "cxai_stream"),
    "responses": ("responses", "responses_stream", "responses_tool"),
    "completions": ("completions", "completions_stream"),
}
CASES = tuple(case for cases in COLUMNS.values() for case in cases)
# A client that does not try these has not been tried.
REQUIRED = ("whole", "stream", "error", "rewritten", "rewritten_stream")


class Status(IntEnum):
    """The worst of a column's cases is the column's; ``NOT_TRIED`` is a thing that the client does not have."""

    NOT_TRIED = 0
    OK = 1
    NO_DOOR = 2
    NOT_RUN = 3
    RED = 4


@dataclass(frozen=True, slots=True)
class Verdict:
    status: Status
    why: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One client's row; ``verdicts`` by case."""

    client: Client
    package: str
    verdicts: Mapping[str, Verdict]

    def column(self, name: str) -> Status:
        return max(self.verdicts[case].status for case in COLUMNS[name])

    @property
    def red(self) -> dict[str, str]:
        """What went wrong, by case."""
        return {case: one.why for case, one in self.verdicts.items() if one.status is Status.RED}


def try_out(client: Client, place: Place) -> Outcome:
    return judged(client, run(client, place, CASES))


def judged(client: Client, told: Run) -> Outcome:
    return Outcome(client, told.package, {case: _verdict(client, case, told) for case in CASES})


def _verdict(client: Client, case: str, told: Run) -> Verdict:
    if told.not_run:
        return Verdict(Status.NOT_RUN, told.not_run)
    seen = told.seen.get(case)
    if seen is None:
        missing = told.broke_off or ("was not tried" if case in REQUIRED else "")
        return Verdict(Status.RED if missing else Status.NOT_TRIED, missing)
    if seen.get("skipped"):
        return Verdict(Status.NO_DOOR)
    wrong = _wrong_error(client, seen) if case == "error" else _wrong(case, seen)
    return Verdict(Status.RED, wrong) if wrong else Verdict(Status.OK)


def _wrong_error(client: Client, seen: Mapping[str, Any]) -> str:
    if seen.get("raised") != client.error:
        return f"raised {seen.get('raised') or 'nothing'}, not {client.error}"
    told = CONVERSATION["unknown_model_message"] in seen["message"]
    return "" if told else f"does not tell the provider's message: {seen['message']}"


def _wrong(case: str, seen: Mapping[str, Any]) -> str:
    """How what was seen differs from what must be seen; empty where it does not."""
    if "raised" in seen:
        return f"raised {seen['raised']}: {seen['message']}"
    saw = seen.get("saw")
    if case.endswith("_stream") or case == "stream":
        return _wrong_stream(case, saw)
    return _wrong_value(case, saw)


def _wrong_stream(case: str, saw: Any) -> str:
    if not isinstance(saw, list):
        return _wrong_value(case, saw)
    if len([piece for piece in saw if piece]) < 2:
        return f"came in one piece: {saw}"
    return _wrong_value(case, "".join(saw))


def _wrong_value(case: str, saw: Any) -> str:
    if case in ("rewritten", "rewritten_stream", "responses", "responses_stream"):
        return _wrong_rewriting(str(saw))
    expected = _EXPECTED[case]
    return "" if saw == expected else f"saw {saw!r}, not {expected!r}"


def _wrong_rewriting(text: str) -> str:
    invented = CONVERSATION["invented"]
    if invented["invented_words"] in text:
        return f"delivers the invented policy: {text}"
    missing = [words for words in (invented["true_words"], invented["policy_words"]) if words not in text]
    return f"lacks {missing}: {text}" if missing else ""


_EXPECTED: dict[str, Any] = {
    "whole": CONVERSATION["supported"]["answer"],
    "stream": CONVERSATION["supported"]["answer"],
    "tools": CONVERSATION["tool"]["answer"],
    "structured": CONVERSATION["structured"]["answer"],
    "cxai": "rewrite",
    "cxai_stream": "rewrite",
    "responses_tool": CONVERSATION["tool"]["answer"],
    "completions": CONVERSATION["supported"]["answer"],
    "completions_stream": CONVERSATION["supported"]["answer"],
}

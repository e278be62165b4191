"""What ``cxai corpus diff`` prints: the changes by document and section, then what rests on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from proxy.commands.output import counted

if TYPE_CHECKING:
    from proxy.authoring.changes.diff import Change
    from proxy.authoring.changes.effects import Effects
    from proxy.authoring.changes.rejudging import OtherCaseVerdict, OtherVerdict

MOST_SHOWN = 20  # answers; --json has all
NAMES = {
    "condition_added": "condition added",
    "condition_dropped": "condition dropped",
    "document_added": "new document",
    "document_removed": "document removed",
    "front_matter": "front matter",
}


def print_changes(title: str, shown: Sequence[Change], every: Sequence[Change]) -> None:
    substance = [change for change in every if change.of_substance]
    folded = sum(change.times for change in every) - sum(change.times for change in shown)
    documents = len({change.document for change in substance})
    hidden = f" ({folded} only reworded; --all shows them)" if folded else ""
    print(f"{title}: {counted(len(substance), 'change')} in {counted(documents, 'document')}{hidden}")
    for document, of_document in groupby(shown, key=lambda change: change.document):
        print(f"\n{document}")
        for section, changes in groupby(of_document, key=lambda change: change.section):
            if section:
                print(f"  {section}")
            for change in changes:
                print(f"    {_line(change)}")


def _line(change: Change) -> str:
    place = f"line {change.line}: " if change.line is not None else ""
    times = f" (and so in {change.times - 1} more)" if change.times > 1 else ""
    return f"{place}{NAMES.get(change.kind.value, change.kind.value)}: {change.words}{times}"


def print_effects(effects: Effects, *, since: datetime | None, has_ledger: bool) -> None:
    print()
    if not has_ledger:
        print("There is no ledger here, so no recorded answers were looked at.")
    else:
        print(_summary(effects, since))
    for other in effects.others[:MOST_SHOWN]:
        print(f"  {_other(other)}")
    if len(effects.others) > MOST_SHOWN:
        print(f"  … and {len(effects.others) - MOST_SHOWN} more; --json has all.")
    for case in effects.cases:
        print(_case(case))
    for rule in effects.rules:
        print(f"{rule.name} {rule.why}")


def _summary(effects: Effects, since: datetime | None) -> str:
    read = counted(effects.read, "recorded answer")
    told = f" since {since:%Y-%m-%d %H:%M}" if since else ""
    found = f"{read} looked at{told}: {effects.answers} rest on what changed."
    if not effects.judged:
        return found
    became = Counter((one.before.value, one.after.value) for one in effects.others)
    kinds = ", ".join(f"{count} {before} → {after}" for (before, after), count in became.most_common())
    as_of = f" as of {effects.as_of:%Y-%m-%d}" if effects.as_of else ""
    judged = f"{counted(effects.judged, 'claim')} of theirs judged again{as_of}"
    return (
        f"{found} {judged}: {len(effects.others)} would get another verdict{f' ({kinds})' if kinds else ''}."
    )


def _other(other: OtherVerdict) -> str:
    record = other.resting.record
    became = f"{other.before.value} → {other.after.value}"
    return f"{record.created_at:%Y-%m-%d %H:%M} {record.response_id} {became}: “{other.resting.text}”: {other.reason}"


def _case(other: OtherCaseVerdict) -> str:
    placed, became = other.case, f"{other.before.value} → {other.after.value}"
    expected = " and ".join(placed.case.expect)
    return f'{placed.path}:{placed.line}: case "{placed.case.name}" expects {expected}: {became}'


def json_rows(
    shown: Sequence[Change], every: Sequence[Change], effects: Effects | None
) -> Iterator[dict[str, Any]]:
    """One object a change, then an answer, a case or a rule that it touches, and a summary at the end."""
    yield from (_change_row(change) for change in shown)
    if effects is not None:
        yield from (_answer_row(effects, at) for at in range(len(effects.resting)))
        for case in effects.cases:
            before, after = case.before.value, case.after.value
            yield {
                "what": "case",
                "name": case.case.case.name,
                "path": case.case.path,
                "line": case.case.line,
                "expect": case.case.case.expect,
                "before": before,
                "after": after,
            }
        yield from ({"what": "rule", "name": rule.name, "why": rule.why} for rule in effects.rules)
    yield {
        "what": "summary",
        "changes": sum(change.of_substance for change in every),
        "reworded": sum(change.times for change in every if change.kind.value == "reworded"),
        "answers_read": effects.read if effects else 0,
        "answers_resting": effects.answers if effects else 0,
        "claims_judged": effects.judged if effects else 0,
        "claims_with_another_verdict": len(effects.others) if effects else 0,
        "judged_as_of": effects.as_of if effects else None,
    }


def _change_row(change: Change) -> dict[str, Any]:
    return {
        "what": "change",
        "kind": change.kind.value,
        "document": change.document,
        "section": change.section,
        "line": change.line,
        "words": change.words,
        "old": change.old,
        "new": change.new,
        "old_text": change.old_text,
        "new_text": change.new_text,
        "times": change.times,
    }


def _answer_row(effects: Effects, at: int) -> dict[str, Any]:
    """``before`` and ``after`` are null where the verdict stays, or was not asked for."""
    resting = effects.resting[at]
    other = next((one for one in effects.others if one.resting is resting), None)
    return {
        "what": "answer",
        "response_id": resting.record.response_id,
        "created_at": resting.record.created_at,
        "customer_id": resting.record.customer_id,
        "claim": resting.text,
        "change": resting.change.words,
        "quoted": resting.quoted,
        "before": other.before.value if other else None,
        "after": other.after.value if other else None,
        "reason": other.reason if other else None,
    }

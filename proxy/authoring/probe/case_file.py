"""Findings as cases: a file for policies/tests, so that what passed once is tried before every change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from proxy.authoring.probe.trying import Probed

_HEAD = """\
# Made by `cxai corpus probe`: sentences that the guard got wrong, with what it should have done. Look at each before
# you keep it: an edit may by chance be true. `cxai policies test` tries them all.
"""


def case_file(findings: Sequence[Probed]) -> str:
    """The YAML of a cases file with one case for each finding."""
    parts = [_HEAD, "cases:"]
    for one in findings:
        written = yaml.safe_dump([_written(one)], sort_keys=False, allow_unicode=True, width=110)
        body = "".join(f"  {line}\n" for line in written.splitlines())
        document = one.probe.source.document
        parts.append(f"  # {one.probe.attack.value}; {document.id} says: {one.probe.source.sentence}\n{body}")
    return "\n".join(parts)


def _written(one: Probed) -> dict[str, Any]:
    """Name, answer and what is expected first, then who asks; what is so anyway is left out."""
    case = one.case.model_dump(exclude_defaults=True)
    first = {key: case.pop(key) for key in ("name", "answer", "expect")}
    return {**first, **case, "expect": list(first["expect"])}

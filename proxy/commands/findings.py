"""What a check of files found, as text, as JSON lines, or as annotations that GitHub shows beside the changed lines."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proxy.commands.output import counted, print_json_lines

if TYPE_CHECKING:
    from proxy.corpus.problems import Severity


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


FormatOption = Annotated[
    Format, typer.Option("--format", help="How findings are printed; github: as annotations in its CI.")
]
StrictOption = Annotated[bool, typer.Option("--strict", help="End with 1 for warnings too.")]

# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
_ANNOTATIONS = {"error": "error", "warning": "warning", "note": "notice"}


@dataclass(frozen=True, slots=True)
class Located:
    """One finding; ``path`` is relative to the folder that was looked at, ``line`` counts from 1."""

    check: str
    severity: Severity
    path: str
    line: int | None
    message: str

    def at(self, folder: Path) -> str:
        place = str(folder / self.path)
        return place if self.line is None else f"{place}:{self.line}"


def print_findings(findings: Sequence[Located], folder: Path, form: Format) -> None:
    """All findings in their order; as text with a last line that counts them."""
    if form is Format.JSON:
        print_json_lines(_json(finding) for finding in findings)
    elif form is Format.GITHUB:
        for one in findings:
            title = f"cxai {one.check}"
            print(github_annotation(one.severity.value, folder / one.path, one.line, title, one.message))
    else:
        for finding in findings:
            print(f"{finding.severity.value}: {finding.at(folder)}: {finding.message} [{finding.check}]")
        print(f"{folder}: {_counted(findings)}")


def failed(findings: Sequence[Located], *, strict: bool) -> bool:
    """Whether a command ends with 1: for errors, and where it is strict for warnings."""
    fatal = {"error", "warning"} if strict else {"error"}
    return any(finding.severity.value in fatal for finding in findings)


def github_annotation(severity: str, path: str | Path, line: int | None, title: str, message: str) -> str:
    """A workflow command; ``path`` is relative to where the command runs, or is made so."""
    place = "" if line is None else f",line={line}"
    file, title = (_escaped(text, _PROPERTY) for text in (os.path.relpath(path), title))
    return f"::{_ANNOTATIONS[severity]} file={file}{place},title={title}::{_escaped(message, _DATA)}"


_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def _escaped(text: str, by: Mapping[str, str]) -> str:
    return "".join(by.get(character, character) for character in text)


def _json(finding: Located) -> dict[str, object]:
    return {
        "path": finding.path,
        "line": finding.line,
        "severity": finding.severity.value,
        "check": finding.check,
        "message": finding.message,
    }


def _counted(findings: Sequence[Located]) -> str:
    count = Counter(finding.severity.value for finding in findings)
    return ", ".join(counted(count[name], name) for name in _ANNOTATIONS)

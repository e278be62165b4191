"""Results of test cases: as text, JSON lines, GitHub annotations, and a JUnit file for other CI systems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from proxy.commands.findings import Format, github_annotation
from proxy.commands.output import counted, print_json_lines


@dataclass(frozen=True, slots=True)
class Result:
    """One case: ``kind`` is "answer" or "rule"; ``problems`` is empty where it passed.

    ``told`` is what helps to understand a failure, by what to call it; ``data`` what JSON has besides.
    """

    kind: str
    path: str
    line: int
    name: str
    problems: Sequence[str] = ()
    told: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return not self.problems


def print_results(results: Sequence[Result], form: Format) -> None:
    """Failures in full, and a last line that counts; as JSON all cases, one a line."""
    if form is Format.JSON:
        print_json_lines(map(_json, results))
        return
    for result in results:
        if not result.passed:
            print(_annotated(result) if form is Format.GITHUB else _text(result))
    print(_counted(results))


def write_junit(results: Sequence[Result], file: Path) -> None:
    """The form that GitLab, Jenkins and others read: https://github.com/testmoapp/junitxml"""
    failures = sum(not result.passed for result in results)
    suite = ElementTree.Element(
        "testsuite", name="cxai policies test", tests=str(len(results)), failures=str(failures)
    )
    for result in results:
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname=result.path,
            name=result.name,
            file=result.path,
            line=str(result.line),
        )
        if not result.passed:
            failure = ElementTree.SubElement(case, "failure", message=_printable("; ".join(result.problems)))
            failure.text = _printable(_text(result))
    ElementTree.ElementTree(suite).write(file, encoding="utf-8", xml_declaration=True)


def _text(result: Result) -> str:
    width = max(map(len, result.told), default=0)
    lines = [
        f"failed: {result.path}:{result.line}: {result.name}",
        *(f"  {problem}" for problem in result.problems),
        *(f"  {name:<{width}}  {text}" for name, text in result.told.items()),
    ]
    return "\n".join(lines)


def _annotated(result: Result) -> str:
    message = "\n".join([*result.problems, *(f"{name}: {text}" for name, text in result.told.items())])
    return github_annotation("error", result.path, result.line, f"cxai case {result.name}", message)


def _json(result: Result) -> dict[str, Any]:
    return {
        "kind": result.kind,
        "path": result.path,
        "line": result.line,
        "name": result.name,
        "passed": result.passed,
        "problems": list(result.problems),
        **result.data,
    }


def _counted(results: Sequence[Result]) -> str:
    count = Counter(result.kind for result in results)
    failed = sum(not result.passed for result in results)
    kinds = ", ".join(counted(number, f"{kind} case") for kind, number in count.items())
    return f"{kinds or 'no cases'}: {f'{failed} failed' if failed else 'all passed'}"


def _printable(text: str) -> str:
    """XML cannot hold control characters."""
    return "".join(character for character in text if character.isprintable() or character in "\n\t")

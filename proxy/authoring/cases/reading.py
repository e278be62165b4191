"""``policies/tests/*.yaml`` to cases, with every mistake named by file, line and case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from proxy.authoring.cases.options import Asked, Case, PlacedCase
from proxy.corpus.documents import Document
from proxy.rules.match import Written
from proxy.rules.mistakes import explain, near, suggestion
from proxy.rules.reading import PoliciesError, PolicyProblem, policy_files
from proxy.rules.yaml_lines import Located, YamlError, read_yaml

FOLDER = "tests"
TOP_LEVEL = ("defaults", "cases")


def read_cases(policies: Path) -> tuple[PlacedCase, ...]:
    """All cases below a policies folder, by file name; none where there is no such folder. Raises PoliciesError."""
    folder = policies / FOLDER
    if not folder.is_dir():
        return ()
    try:
        texts = {str(path): path.read_text(encoding="utf-8") for path in policy_files(folder)}
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise PoliciesError((PolicyProblem(str(folder), None, f"cannot be read: {why}"),)) from None
    return cases_from(texts)


def cases_from(texts: Mapping[str, str]) -> tuple[PlacedCase, ...]:
    """Cases from texts by their paths, in that order. Raises PoliciesError with all problems found."""
    reading = _Reading()
    cases = tuple(case for path, text in texts.items() for case in reading.cases(path, text))
    if reading.problems:
        raise PoliciesError(tuple(reading.problems))
    return cases


def unknown_documents(cases: Sequence[PlacedCase], documents: Sequence[Document]) -> list[PolicyProblem]:
    """The cases that name a document that the corpus has not."""
    ids = [document.id for document in documents]
    return [
        PolicyProblem(
            placed.path,
            placed.line,
            f'case "{placed.case.name}": there is no document "{placed.case.document}"'
            f"{near(placed.case.document, ids) or '; write the id of a document, its path without .md'}",
        )
        for placed in cases
        if placed.case.document and placed.case.document not in ids
    ]


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    located: Located

    @property
    def data(self) -> dict[str, Any]:
        return self.located.data or {}


class _Reading:
    """One reading of all files; collects problems rather than stopping at the first."""

    def __init__(self) -> None:
        self.problems: list[PolicyProblem] = []
        self._names: dict[str, str] = {}

    def cases(self, path: str, text: str) -> Iterator[PlacedCase]:
        file = self._parse(path, text)
        if file is None:
            return
        defaults = file.data.get("defaults") or {}
        if not self._valid(Asked, defaults, file, ("defaults",), "defaults: "):
            return
        listed = file.data.get("cases") or []
        if not isinstance(listed, list):
            self._add(file, ("cases",), '"cases" must be a list: each case starts with "- name: ..."')
            return
        for index, own in enumerate(listed):
            case = self._case(file, index, own, defaults)
            if case is not None:
                yield case

    def _parse(self, path: str, text: str) -> _File | None:
        try:
            file = _File(path, read_yaml(text))
        except YamlError as error:
            self.problems.append(PolicyProblem(path, error.line, error.message))
            return None
        if not isinstance(file.data, dict):
            self._add(file, (), 'must be a mapping with "cases", and "defaults" where they share something')
            return None
        for key in file.data:
            if key not in TOP_LEVEL:
                self._add(file, (key,), f'unknown key "{key}"{suggestion(key, TOP_LEVEL)}')
        return file

    def _case(self, file: _File, index: int, own: Any, defaults: Mapping[str, Any]) -> PlacedCase | None:
        path = ("cases", index)
        name = own.get("name") if isinstance(own, dict) else None
        label = f'case "{name}": ' if isinstance(name, str) else f"case {index + 1}: "
        if not self._valid(Case, own, file, path, label):
            return None
        line = file.located.line_of(path)
        case = Case.model_validate({**defaults, **own})
        if case.name in self._names:
            taken = self._names[case.name]
            self._add(file, (*path, "name"), f"{label}the name is already taken in {taken}; choose another")
            return None
        self._names[case.name] = f"{file.path}:{line}"
        return PlacedCase(file.path, line, case)

    def _valid(
        self, model: type[Written], data: Any, file: _File, path: tuple[str | int, ...], label: str
    ) -> bool:
        try:
            model.model_validate(data)
        except ValidationError as error:
            for mistake in explain(error, model):
                self._add(file, (*path, *mistake.path), label + mistake.message)
            return False
        return True

    def _add(self, file: _File, path: tuple[str | int, ...], message: str) -> None:
        self.problems.append(PolicyProblem(file.path, file.located.line_of(path), message))

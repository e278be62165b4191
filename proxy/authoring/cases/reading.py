"""``policies/tests/*.yaml`` to cases, with every mistake named by file, line and case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path as FilePath
from typing import Any

from proxy.authoring.cases.options import Asker, Case, PlacedCase
from proxy.corpus.documents import Document
from proxy.rules.mistakes import Path, near
from proxy.rules.problems import PoliciesError, PolicyFile, PolicyProblem, Reading, label_of
from proxy.rules.reading import policy_files

FOLDER = "tests"
TOP_LEVEL = ("defaults", "cases")


def read_cases(policies: FilePath) -> tuple[PlacedCase, ...]:
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


class _Reading(Reading):
    """One reading of all files."""

    def __init__(self) -> None:
        super().__init__()
        self._names: dict[str, str] = {}

    def cases(self, path: str, text: str) -> Iterator[PlacedCase]:
        file = self.parse(path, text, TOP_LEVEL)
        if file is None:
            return
        defaults = file.data.get("defaults") or {}
        if self._valid(Asker, defaults, file, ("defaults",), "defaults: ") is None:
            return
        for place, own in self._listed(file, "cases"):
            case = self._case(file, place, own, defaults)
            if case is not None:
                yield case

    def _case(self, file: PolicyFile, path: Path, own: Any, defaults: Mapping[str, Any]) -> PlacedCase | None:
        label = label_of("case", path, own)
        if self._valid(Case, own, file, path, label) is None:
            return None
        case = Case.model_validate({**defaults, **own})
        if case.name in self._names:
            taken = self._names[case.name]
            self._add(file, (*path, "name"), f"{label}the name is already taken in {taken}; choose another")
            return None
        self._names[case.name] = file.place(path)
        return PlacedCase(file.path, file.located.line_of(path), case)

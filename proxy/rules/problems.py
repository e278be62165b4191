"""What is wrong with policies files, with the file and line of each mistake."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from proxy.rules.match import Written
from proxy.rules.mistakes import Path, explain, suggestion
from proxy.rules.yaml_lines import Located, YamlError, read_yaml

W = TypeVar("W", bound=Written)


@dataclass(frozen=True, slots=True)
class PolicyProblem:
    """What is wrong with a policies file; reads as ``policies/routes.yaml:14: route "billing": ...``."""

    path: str
    line: int | None
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}" if self.line else f"{self.path}: {self.message}"


class PoliciesError(Exception):
    """The folder's files do not make usable policies; ``problems`` says why, one for each mistake."""

    def __init__(self, problems: tuple[PolicyProblem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A file's mapping, and where each of its keys stands."""

    path: str
    located: Located

    @property
    def data(self) -> dict[str, Any]:
        return self.located.data or {}

    def place(self, path: Path) -> str:
        """``policies/routes.yaml:14``"""
        return f"{self.path}:{self.located.line_of(path)}"


class Reading:
    """A reading of files that collects problems rather than stopping at the first."""

    def __init__(self) -> None:
        self.problems: list[PolicyProblem] = []
        self._places: dict[tuple[str, str], str] = {}

    def parse(self, path: str, text: str, top_level: Sequence[str]) -> PolicyFile | None:
        """The file, where it is a mapping; keys that are not among ``top_level`` are problems."""
        try:
            file = PolicyFile(path, read_yaml(text))
        except YamlError as error:
            self.problems.append(PolicyProblem(path, error.line, error.message))
            return None
        if not isinstance(file.data, dict):
            *most, last = (f'"{key}"' for key in top_level)
            self._add(file, (), f"must be a mapping with {', '.join(most)} or {last}")
            return None
        for key in file.data:
            if key not in top_level:
                self._add(file, (key,), f'unknown key "{key}"{suggestion(key, top_level)}')
        return file

    def _listed(self, file: PolicyFile, key: str) -> Iterator[tuple[Path, Any]]:
        """The entries of a list, each with its path."""
        listed = file.data.get(key) or []
        if not isinstance(listed, list):
            self._add(file, (key,), f'"{key}" must be a list: each {key[:-1]} starts with "- name: ..."')
            return
        yield from (((key, index), own) for index, own in enumerate(listed))

    def _valid(self, model: type[W], data: Any, file: PolicyFile, path: Path, label: str) -> W | None:
        """The data as what it should be; None where it has mistakes, which are problems."""
        try:
            return model.model_validate(data)
        except ValidationError as error:
            for mistake in explain(error, model):
                self._add(file, (*path, *mistake.path), label + mistake.message)
            return None

    def _take_name(self, what: str, name: str, file: PolicyFile, path: Path, label: str) -> bool:
        """Whether no other ``what`` before has this name; one that is taken is a problem."""
        taken = self._places.get((what, name))
        if taken is not None:
            self._add(file, (*path, "name"), f"{label}the name is already taken in {taken}")
            return False
        self._places[what, name] = file.place(path)
        return True

    def _add(self, file: PolicyFile, path: Path, message: str, *, below: int = 0) -> None:
        self.problems.append(PolicyProblem(file.path, file.located.line_of(path) + below, message))


def label_of(what: str, path: Path, own: Any) -> str:
    """``route "billing": ``, or by its number where it has no name."""
    name = own.get("name") if isinstance(own, dict) else None
    return f'{what} "{name}": ' if isinstance(name, str) else f"{what} {int(path[-1]) + 1}: "

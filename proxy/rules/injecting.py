"""Urgent rules: put into ``injected.yaml`` of the policies folder, and ended there, each in one step.

What would not come into force is not written. The proxies that watch the folder do the rest.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from proxy.rules.authorship import INJECTED
from proxy.rules.injected_file import injected_names, with_rule, without_rule
from proxy.rules.mistakes import near
from proxy.rules.problems import PoliciesError, PolicyProblem
from proxy.rules.reading import policies_from, policy_texts
from proxy.rules.rule_reading import SHIPPED
from proxy.rules.rules import NO_RULES, Compiled, Rules
from proxy.rules.yaml_lines import YamlError, read_yaml

Texts = dict[str, str]
T = TypeVar("T")


def inject(folder: Path, rule: Mapping[str, Any], now: datetime, *, dry_run: bool = False) -> Compiled:
    """Put a rule into the folder's ``injected.yaml``, and return it as it is then in force.

    ``rule`` is as in a file. Raises PoliciesError for what keeps it, or the folder as it is, from coming into force;
    what is wrong with the rule is told by its key: ``--when: ...``.
    """
    with _alone(folder):
        texts = policy_texts(folder)
        name, path = str(rule["name"]), _path(folder)
        _check_name(policies_from(texts).rules, name)
        changed = _changed(path, lambda: with_rule(texts.get(path, ""), rule))
        one = _read(_with(texts, path, changed), path).by_name[name]
        if one.rule.expired(now):
            raise _problem("--expires", f"{one.rule.expires} has passed; give a later time, or 24h")
        if not dry_run:
            _write(folder / Path(path).name, changed)
        return one


def end(folder: Path, name: str) -> None:
    """Take an injected rule out. Raises PoliciesError where there is none, or the others would not be in order."""
    with _alone(folder):
        texts = policy_texts(folder)
        path = _path(folder)
        there = _changed(path, lambda: injected_names(texts.get(path, "")))
        if name not in there:
            raise _problem("--end", _not_injected(name, [str(one) for one in there], texts))
        changed = _changed(path, lambda: without_rule(texts[path], name))
        if not _problems(texts) and (broken := _problems(_with(texts, path, changed))):
            raise PoliciesError(broken)
        _write(folder / Path(path).name, changed)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two who inject at the same time do so one after another."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise _problem(str(folder), f"cannot be read: {error.strerror}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _path(folder: Path) -> str:
    """What problems call the file."""
    return str(Path(folder.name) / INJECTED)


def _changed(path: str, change: Callable[[], T]) -> T:
    try:
        return change()
    except YamlError as error:
        raise PoliciesError((PolicyProblem(path, error.line, error.message),)) from None


def _with(texts: Texts, path: str, changed: str) -> Texts:
    """The texts with this one among them, in the order of the files' names."""
    return dict(sorted({**texts, path: changed}.items(), key=lambda item: Path(item[0]).name))


def _check_name(live: Rules, name: str) -> None:
    taken = live.by_name.get(name)
    if taken is None:
        return
    if taken.place.startswith(SHIPPED.name):
        raise _problem("--name", f'"{name}" is a rule that ships with the product; choose another name')
    told = f'there is a rule "{name}" already ({taken.place}); choose another name'
    injected = Path(taken.place.rsplit(":", 1)[0]).name == INJECTED
    raise _problem(
        "--name", told + (f", or end that one first: cxai rules inject --end {name}" if injected else "")
    )


def _read(texts: Texts, path: str) -> Rules:
    """What is wrong with the new rule is told by its key, for it has no line yet."""
    try:
        return policies_from(texts).rules
    except PoliciesError as error:
        keys = _keys_by_line(texts[path])
        told = (
            PolicyProblem(f"--{keys[one.line]}", None, one.message)
            if one.path == path and one.line in keys
            else one
            for one in error.problems
        )
        raise PoliciesError(tuple(told)) from None


def _keys_by_line(text: str) -> dict[int | None, str]:
    """The first rule's keys by the lines that they stand on, down to where the next one begins."""
    lines = read_yaml(text).lines
    starts = {
        line: str(path[2]) for path, line in lines.items() if path[:2] == ("rules", 0) and len(path) == 3
    }
    last = max(line for path, line in lines.items() if path[:2] == ("rules", 0))
    keys: dict[int | None, str] = {}
    for line in range(min(starts), last + 1):
        keys[line] = starts.get(line) or keys[line - 1]
    return keys


def _problems(texts: Texts) -> tuple[PolicyProblem, ...]:
    try:
        policies_from(texts)
    except PoliciesError as error:
        return error.problems
    return ()


def _not_injected(name: str, there: list[str], texts: Texts) -> str:
    elsewhere = _rules(texts).by_name.get(name)
    if elsewhere is not None:
        return f'"{name}" was not injected: it stands in {elsewhere.place}; take it out there'
    listed = f"; injected are {', '.join(there)}" if there else "; nothing is injected"
    return f'there is no injected rule "{name}"{near(name, there) or listed}'


def _rules(texts: Texts) -> Rules:
    """The rules of these files; no rules where they are broken."""
    try:
        return policies_from(texts).rules
    except PoliciesError:
        return NO_RULES


def _problem(where: str, message: str) -> PoliciesError:
    return PoliciesError((PolicyProblem(where, None, message),))


def _write(path: Path, text: str) -> None:
    """In one step: who reads the folder meanwhile finds the old file or the new one."""
    target = path.resolve()
    try:
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o644
        descriptor, name = tempfile.mkstemp(prefix=".injected-", suffix=".tmp", dir=target.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(mode)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        why = f"cannot be written: {error.strerror}; inject where the folder may be written, or commit the rule there"
        raise _problem(str(path), why) from None

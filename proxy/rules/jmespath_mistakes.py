"""Broken JMESPath in words: where it goes wrong, and the way out."""

from __future__ import annotations

import re

import jmespath
from jmespath.exceptions import JMESPathError

_UNCLOSED = re.compile(r"Unclosed (.) delimiter")
_EXAMPLE = "write names with points between them, such as complaint.open"


def mistake_in(path: str) -> str | None:
    """Why a path is no JMESPath, with ``^`` before the character where it goes wrong; None where it is one."""
    try:
        jmespath.compile(path)
    except JMESPathError as error:
        at = min(getattr(error, "lex_position", 0), len(path))
        return f"{_why(path, at, str(error))}: {path[:at]}^{path[at:]}"
    return None


def _why(path: str, at: int, told: str) -> str:
    if found := _UNCLOSED.search(told):
        return f"{found[1]} is not closed"
    if not path[at:].strip():
        return f"it ends too early; {_EXAMPLE}"
    if "Unknown token" in told or _stands_in_a_name(path, at):
        return f'a name with "{_sign(path, at)}" in it needs quotation marks of its own: \'"{path}"\''
    return f'"{path[at]}" cannot stand there; {_EXAMPLE}'


def _stands_in_a_name(path: str, at: int) -> bool:
    """Whether a blank parts two names."""
    return at > 0 and path[at - 1].isspace() and path[at].isalnum()


def _sign(path: str, at: int) -> str:
    return path[at] if not path[at].isalnum() else " "

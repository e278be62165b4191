"""The form above a list: its fields as they stand in an address."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from proxy.console.problem import Problem

LONGEST = 200  # characters of a field


def fields_asked(
    params: Mapping[str, str], names: Iterable[str], choices: Mapping[str, Collection[str]]
) -> dict[str, str]:
    """Those fields that say something. Raises Problem for a choice that is not offered, or too long a text."""
    fields = {name: (params.get(name) or "").strip() for name in names}
    for name, value in fields.items():
        if value and value not in choices.get(name, (value,)):
            raise Problem("That cannot be asked for", f"{name} is one of {', '.join(choices[name])}.")
        if len(value) > LONGEST:
            raise Problem("That is too long", f"{name} may have {LONGEST} characters at most.")
    return {name: value for name, value in fields.items() if value}

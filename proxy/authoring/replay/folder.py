"""A policies folder as it would be with one file more, or with another in a file's place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from proxy.rules.policies import Policies
from proxy.rules.problems import PoliciesError, PolicyProblem
from proxy.rules.reading import policies_from


def policies_with(texts: Mapping[str, str], file: Path, replacing: str | None = None) -> Policies:
    """Policies of ``texts`` with this file; it stands in place of ``replacing``, or of the one that is called like it.

    Raises PoliciesError; problems name the file where it really is.
    """
    name = replacing or file.name
    names = [Path(path).name for path in texts]
    if replacing is not None and replacing not in names:
        told = f'there is no file "{replacing}" to replace; there are {", ".join(names) or "none"}'
        raise PoliciesError((PolicyProblem("--replacing", None, told),))
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise PoliciesError((PolicyProblem(str(file), None, f"cannot be read: {why}"),)) from None
    others = [(Path(path).name, path, said) for path, said in texts.items() if Path(path).name != name]
    in_order = sorted([*others, (name, str(file), text)])
    return policies_from({path: said for _, path, said in in_order})

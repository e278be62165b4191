"""Attribute names live in one module."""

from __future__ import annotations

import re
from pathlib import Path

PROXY = Path(__file__).parents[2] / "proxy"
ATTRIBUTE = re.compile(r"""["'](?:cxai|gen_ai)\.[a-z_.]+["']""")


def test_no_other_module_spells_out_an_attribute_name() -> None:
    spelt = {
        f"{path.relative_to(PROXY)}: {match}"
        for path in PROXY.rglob("*.py")
        if path.name != "names.py"
        for match in ATTRIBUTE.findall(path.read_text(encoding="utf-8"))
        if not match.strip("\"'").endswith((".yaml", ".db"))
    }
    assert spelt == set()

"""Facts in the request's own headers: only declared ones, under our prefix alone."""

from __future__ import annotations

from typing import Any

from proxy.context.sources.source import Found

TEXT = """\
sources: [{name: x, kind: headers}]
facts:
  - {name: open_complaint, type: bool, max_age: 10m, from: {x: }}
  - {name: tier, type: text, max_age: 1d, from: {x: {value: Loyalty-Tier, true_at: loyalty_since}}}
"""


def test_a_fact_is_the_header_of_its_name(ask: Any):
    headers = {
        "x-cxai-context-open-complaint": "true",
        "x-cxai-context-loyalty-tier": "gold",
        "x-cxai-context-loyalty-since": "2026-03-01",
        "x-cxai-context-other": "not asked for",
    }
    assert ask(TEXT, headers=headers) == {
        "open_complaint": Found("true"),
        "tier": Found("gold", "2026-03-01"),
    }


def test_only_headers_of_our_prefix_count(ask: Any):
    found = ask(TEXT, headers={"open-complaint": "false", "x-open-complaint": "false", "authorization": "a"})
    assert found == {"open_complaint": Found(None), "tier": Found(None)}

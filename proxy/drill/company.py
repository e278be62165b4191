"""The drill's company: one document, its routes and its rule, and the sentences that its chatbot says."""

from __future__ import annotations

from pathlib import Path

from proxy.actions.gate import CLOSED_MESSAGE

DOCUMENT = "returns.md"
RETURNS = """---
title: Returns
effective_from: 2020-01-01
---
# Returns

A book can be returned within 30 days of delivery.

Refunds are paid within 14 days of the return.
"""
BEFORE_ANY_POLICY = "2019-06-01"

QUESTION = "How long can I return a book?"
TRUE = "A book can be returned within 30 days of delivery."
FALSE = "A book can be returned within 90 days of delivery."
POLICY_WORDS = "Our policy (Returns) says: “A book can be returned within 30 days of delivery.”"
UNFOUNDED = "I have refunded 20 euros to your card."
GERMAN = "Bücher können innerhalb von dreißig Tagen nach der Lieferung zurückgegeben werden."

HANDED_OVER = "A colleague takes over. Your reference is {ref}."
CONTACT = "I could not pass this on just now. Please contact us directly at 0800 555 0142."

# How the sentences are called where there is little room.
CALLED = {
    TRUE: "the true sentence",
    FALSE: "the false sentence",
    POLICY_WORDS: "the policy's own words",
    UNFOUNDED: "the unfounded sentence",
    GERMAN: "the German sentence",
    HANDED_OVER: "the handover with a reference",
    CONTACT: "how to contact people directly",
    CLOSED_MESSAGE: "the refusal",
}

_ROUTES = f"""defaults:
  escalation_message: "{HANDED_OVER}"
  contact: "{CONTACT}"
routes:
  - {{name: open, match: {{model: open}}, on_unverified: open}}
  - {{name: closed, match: {{model: closed}}, on_unverified: closed}}
  - {{name: escalate, match: {{model: escalate}}, on_unverified: escalate}}
  - {{name: impatient, match: {{model: impatient}}, on_unverified: escalate, judge_s: 0.5}}
  - {{name: hurried, match: {{model: hurried}}, on_unverified: escalate, retrieval_s: 0.00001}}
  - {{name: with-system, match: {{model: with-system}}, on_unverified: escalate, system_as_documents: true,
     context_s: 0.05}}
  - {{name: limited, match: {{model: limited}}, model_s: 1.0}}
  - {{name: whole, match: {{model: whole}}, delivery: whole, rewrite_s: 1.0}}
"""
BROKEN_ROUTES = _ROUTES.replace("on_unverified: open", "on_unverifed: open")
ROUTES_FILE = "routes.yaml"

LIMIT = 50
_RULES = f"""rules:
  - name: refund-over-limit
    when: tool_call.name == "issue_refund" && tool_call.arguments.amount > {LIMIT}
    effect: stop_tool_call
    reason: A person decides on refunds above {LIMIT}.
"""
BROKEN_RULES = _RULES.replace("tool_call.arguments", "tool_call.argumets")
RULES_FILE = "rules.yaml"


def settle_in(folder: Path) -> None:
    """Write the company's documents, and its routes and rules, below ``folder``, as ``corpus`` and ``policies``."""
    write_document(folder / "corpus")
    write_routes(folder / "policies")
    write_rules(folder / "policies")


def write_document(corpus: Path, text: str = RETURNS) -> None:
    corpus.mkdir(exist_ok=True)
    (corpus / DOCUMENT).write_text(text, encoding="utf-8")


def write_routes(policies: Path, text: str = _ROUTES) -> None:
    policies.mkdir(exist_ok=True)
    (policies / ROUTES_FILE).write_text(text, encoding="utf-8")


def write_rules(policies: Path, text: str = _RULES) -> None:
    (policies / RULES_FILE).write_text(text, encoding="utf-8")

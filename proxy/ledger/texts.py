"""How much text is kept: all of it, all of it with personal details masked, or none."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, Self

from proxy.ledger.answers.contexts import facts_of
from proxy.ledger.errors import LedgerError
from proxy.ledger.failures.records import Failure, FailureEvent
from proxy.ledger.masking import mask, mask_json
from proxy.ledger.records import Contact, DecisionRecord, EscalationRecord, JsonObject, PromiseRecord

NOT_KEPT = "not kept (store_text is none)"

# With ``none`` only what is listed here is kept, so that a field added later cannot leak text.
_CHOICE_KEPT = ("choice", "index", "finish_reason")
_CLAIM_KEPT = (
    "choice",
    "start",
    "end",
    "kind",
    "verdict",
    "confidence",
    "action",
    "unverified_reason",
    "scores",
)
_RULE_KEPT = ("choice", "rule", "effect", "tool", "action", "label", "evaluated")
_CALL_KEPT = ("id", "name")
_POLICY_EVIDENCE_KEPT = ("document", "section", "passage_id", "url", "title")
_FACT_KEPT = ("source", "name", "succeeded", "state", "age_s")
# With ``masked`` every text is masked but these, which are codes and names of ours.
_NEVER_MASKED = frozenset(
    "verdict kind action finish_reason source unverified_reason rule effect label".split()
)


class StoreText(StrEnum):
    """``CXAI_STORE_TEXT``."""

    FULL = "full"
    MASKED = "masked"
    NONE = "none"

    @classmethod
    def named(cls, word: str) -> Self:
        try:
            return cls(word)
        except ValueError:
            raise LedgerError(f"store_text {word!r} is unknown; choose full, masked or none") from None


def decision_as_kept(record: DecisionRecord, level: StoreText) -> DecisionRecord:
    """The record with only the text that this level keeps; ids, verdicts, offsets and figures always stay."""
    if level is StoreText.FULL:
        return record
    choice_as_kept = _masked_choice if level is StoreText.MASKED else _textless_choice
    fact_as_kept = _masked if level is StoreText.MASKED else _textless_fact
    rule_as_kept = _masked if level is StoreText.MASKED else _textless_rule
    return replace(
        record,
        question=_masked(record.question) if level is StoreText.MASKED else None,
        choices=[choice_as_kept(choice) for choice in record.choices],
        facts=[fact_as_kept(fact) for fact in record.facts],
        context=record.context and _context_as_kept(record.context, level),
        usage=_numbers(record.usage),
        rules=record.rules and [rule_as_kept(rule) for rule in record.rules],
    )


def claims_as_kept(claims: list[JsonObject], text: str, level: StoreText) -> list[JsonObject]:
    """The claims of a text, with only what this level keeps of them."""
    if level is StoreText.FULL:
        return claims
    choice_as_kept = _masked_choice if level is StoreText.MASKED else _textless_choice
    kept: list[JsonObject] = choice_as_kept({"delivered_text": text, "claims": claims})["claims"]
    return kept


def escalation_as_kept(record: EscalationRecord, level: StoreText) -> EscalationRecord:
    if level is StoreText.FULL:
        return record
    if level is StoreText.NONE:
        return replace(record, question=None, blocked_text=None, reason=NOT_KEPT)
    return replace(
        record,
        question=_masked(record.question),
        blocked_text=_masked(record.blocked_text),
        reason=mask(record.reason),
    )


def contact_as_kept(contact: Contact, level: StoreText) -> Contact:
    """With only the text that this level keeps: who, when, what kind, which reference and figures always stay."""
    if level is StoreText.FULL:
        return contact
    if level is StoreText.NONE:
        return replace(contact, text=None, data=_numbers(contact.data))
    # Another system names its fields as it likes.
    return replace(contact, text=_masked(contact.text), data=_masked(contact.data, spared=()))


def promise_as_kept(promise: PromiseRecord, level: StoreText) -> PromiseRecord:
    if level is StoreText.FULL:
        return promise
    return replace(promise, text=_masked(promise.text) if level is StoreText.MASKED else None)


def failure_as_kept(failure: Failure, level: StoreText) -> Failure:
    """Everything but what was said always stays."""
    if level is StoreText.FULL:
        return failure
    return replace(failure, text=_masked(failure.text) if level is StoreText.MASKED else None)


def failure_event_as_kept(event: FailureEvent, level: StoreText) -> FailureEvent:
    """``data`` holds figures, words of ours and references, which stay."""
    if level is StoreText.FULL:
        return event
    return replace(event, note=_masked(event.note) if level is StoreText.MASKED else None)


def _masked(value: Any, key: str = "", *, spared: Collection[str] = _NEVER_MASKED) -> Any:
    """``spared`` are the names under which texts stay as they are."""
    if isinstance(value, str):
        return value if key in spared else mask(value)
    if isinstance(value, Mapping):
        return {name: _masked(item, name, spared=spared) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(item, key, spared=spared) for item in value]
    return value


def _masked_choice(choice: JsonObject) -> JsonObject:
    """A claim in the delivered text is cut from the masked one, so that both are masked alike."""
    delivered = choice.get("delivered_text") or ""
    apart = ("claims", "calls")
    kept: JsonObject = {name: _masked(item, name) for name, item in choice.items() if name not in apart}
    if "calls" in choice:
        kept["calls"] = [{**call, "arguments": mask_json(call["arguments"])} for call in choice["calls"]]
    if "claims" in choice:
        kept["claims"] = [
            _masked_claim(claim, delivered, kept.get("delivered_text") or "") for claim in choice["claims"]
        ]
    return kept


def _masked_claim(claim: JsonObject, delivered: str, masked_delivered: str) -> JsonObject:
    kept: JsonObject = {name: _masked(item, name) for name, item in claim.items() if name != "evidence"}
    start, end = claim.get("start"), claim.get("end")
    if start is not None and end is not None and delivered[start:end] == claim.get("text"):
        kept["text"] = masked_delivered[start:end]
    if "evidence" in claim:
        kept["evidence"] = [_masked_evidence(evidence) for evidence in claim["evidence"]]
    return kept


def _masked_evidence(evidence: JsonObject) -> JsonObject:
    """The policy's own words stay; what a tool said about the customer does not."""
    return evidence if _is_policy(evidence) else {**_masked(evidence), "document": evidence.get("document")}


def _is_policy(evidence: JsonObject) -> bool:
    return ":" not in str(evidence.get("document", ":"))


def _textless_choice(choice: JsonObject) -> JsonObject:
    claims = [_textless_claim(claim) for claim in choice.get("claims") or ()]
    rules = {"rules": [_textless_rule(rule) for rule in choice["rules"]]} if "rules" in choice else {}
    calls = {"calls": [_only(call, _CALL_KEPT) for call in choice["calls"]]} if "calls" in choice else {}
    return {**_only(choice, _CHOICE_KEPT), "claims": claims, **calls, **rules}


def _textless_claim(claim: JsonObject) -> JsonObject:
    return {
        **_only(claim, _CLAIM_KEPT),
        "evidence": [_textless_evidence(item) for item in claim.get("evidence") or ()],
    }


def _textless_evidence(evidence: JsonObject) -> JsonObject:
    return _only(evidence, _POLICY_EVIDENCE_KEPT if _is_policy(evidence) else ("document",))


def _textless_rule(rule: JsonObject) -> JsonObject:
    return _only(rule, _RULE_KEPT)


def _textless_fact(fact: JsonObject) -> JsonObject:
    return _only(fact, _FACT_KEPT)


def _context_as_kept(context: JsonObject, level: StoreText) -> JsonObject:
    """States, ages and figures always stay; of what was read of the customer, the texts are masked or left out."""
    facts = {name: _read_as_kept(fact, level) for name, fact in facts_of(context).items()}
    return {**context, "facts": facts}


def _read_as_kept(fact: JsonObject, level: StoreText) -> JsonObject:
    kept = dict(fact)
    if isinstance(fact.get("value"), str):
        del kept["value"]
        if level is StoreText.MASKED:
            kept["value"] = mask(fact["value"])
    if "readings" in fact:
        kept["readings"] = [_read_as_kept(one, level) for one in fact["readings"]]
    return kept


def _only(value: JsonObject, names: Iterable[str]) -> JsonObject:
    return {name: value[name] for name in names if name in value}


def _numbers(usage: Any) -> Any:
    """Without its texts: a provider, or another system, may put anything there."""
    if not isinstance(usage, Mapping):
        return usage
    return {name: _numbers(item) for name, item in usage.items() if isinstance(item, int | float | Mapping)}

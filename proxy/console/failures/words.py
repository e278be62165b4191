"""What failures' kinds, steps, causes and sources are called on pages."""

from __future__ import annotations

from collections.abc import Mapping

from proxy.ledger.failures.records import (
    CONFIRMED,
    NO_REPEAT_CONTACT,
    Cause,
    Kind,
    Severity,
    Source,
    Status,
    Step,
)

KINDS: Mapping[str, str] = {
    Kind.WRONG_CLAIM: "Told something wrong",
    Kind.WRONG_BLOCK: "A true answer was kept back",
    Kind.RETURNED_TO_AUTOMATION: "Sent back to automation with an open case",
    Kind.STALE_CONTEXT: "Answered from old or missing facts",
    Kind.BROKEN_PROMISE: "A promise was broken",
    Kind.LATE_HANDOVER: "A person answered too late",
    Kind.WRONG_HUMAN_ANSWER: "A person told something wrong",
}
SEVERITIES = (Severity.HIGH, Severity.MEDIUM, Severity.LOW)
CAUSES: Mapping[str, str] = {
    Cause.UNKNOWN: "not known yet",
    Cause.POLICY_TEXT: "the policy's text",
    Cause.CORPUS_GAP: "no policy text on it",
    Cause.RETRIEVAL: "the right text was not found",
    Cause.VERIFIER: "the verifier judged wrongly",
    Cause.RULE: "a rule, or none",
    Cause.CONTEXT: "what was known of the customer",
    Cause.PROVIDER: "the model's provider",
    Cause.PERSON: "a person",
}
SOURCES: Mapping[str, str] = {
    Source.GUARD: "the guard, after the fact",
    Source.REVIEWER: "a reviewer",
    Source.CUSTOMER: "the customer",
    Source.AUDIT: "an audit",
    Source.RECALL: "a recall",
    Source.AGENT: "an agent",
    Source.IMPORT: "an import",
}
STATUSES: Mapping[str, str] = {
    Status.PROPOSED: "proposed",
    Status.DISMISSED: "no failure",
    Status.DETECTED: "found",
    Status.CONTAINED: "contained",
    Status.CORRECTED: "put right",
    Status.RESTORED: "whole again",
    Status.CANCELLED: "given up by the customer",
    Status.EXPIRED: "not to be reached",
}
STEPS: Mapping[str, str] = {
    Step.PROPOSED: "Proposed as a failure",
    Step.DISMISSED: "Found to be no failure",
    Step.DETECTED: "Found",
    Step.CONTAINED: "Contained: no more customers are hit",
    Step.CORRECTED: "Put right with the customer",
    Step.RESTORED: "The customer is whole again",
    Step.TO_LEARN: "A lesson is begun",
    Step.LEARNED: "A lesson holds",
    Step.REOPENED: "Reopened",
    Step.CANCELLED: "The customer gave it up",
    Step.EXPIRED: "The customer cannot be reached",
    Step.CLASSIFIED: "Known better",
    Step.RECURRED: "Happened before",
    Step.RETRACTED: "Taken back",
}
RESTORED_HOW: Mapping[str, str] = {
    CONFIRMED: "the customer confirmed it",
    NO_REPEAT_CONTACT: "no repeat contact in the stated time (a proxy: nobody asked the customer)",
}
CORRECTED_HOW: Mapping[str, str] = {
    "told": "the customer was told the truth",
    "honoured": "what was promised was honoured",
    "withdrawn": "what was promised was withdrawn, openly",
}


def in_words(words: Mapping[str, str], name: str | None) -> str:
    """A name of a later release as it is, with spaces."""
    return words.get(name or "", (name or "").replace("_", " "))

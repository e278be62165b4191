"""Which tables the audit log seals, and which it does not, and why. Of a sealed table every column is sealed.

A table that is added here also gets its trigger in the migration that makes it (``note_inserts``); what deletes its
rows does so through ``removals.remove``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sealed:
    """``key`` is the primary key. ``written_at`` is the column with our clock's time of writing, None without one;
    ``told_at`` a time that others tell, which may rightly be long past; ``actor`` the column that says who did it.
    """

    key: tuple[str, ...]
    written_at: str | None = None
    told_at: str | None = None
    actor: str | None = None


SEALED: dict[str, Sealed] = {
    "decisions": Sealed(("response_id",), written_at="created_at"),
    "escalations": Sealed(("ref",), written_at="created_at"),
    "escalation_events": Sealed(("id",), told_at="at", actor="actor"),
    "contacts": Sealed(("id",), written_at="received_at", actor="actor"),
    "promises": Sealed(("id",), written_at="created_at"),
    "policy_changes": Sealed(("id",), written_at="at", actor="author"),
    "document_versions": Sealed(("content_hash",)),
    "document_placements": Sealed(("id",), written_at="kept_at"),
    "corpus_documents": Sealed(("corpus_version", "document_id"), written_at="kept_at"),
    "rule_proposals": Sealed(("id",), written_at="at", actor="proposed_by"),
    "rule_proposal_events": Sealed(("id",), written_at="at", actor="actor"),
    "review_items": Sealed(("id",), told_at="created_at"),
    "review_givings": Sealed(("id",), told_at="at", actor="reviewer"),
    "review_judgements": Sealed(("id",), told_at="at"),
    "review_ends": Sealed(("giving_id",), told_at="at"),
    "review_draws": Sealed(("id",), told_at="at"),
    "policy_notes": Sealed(("id",), written_at="at", actor="author"),
    "staff_events": Sealed(("id",), written_at="at", actor="actor"),
    "canary_events": Sealed(("id",), written_at="at", actor="actor"),
    "failures": Sealed(("id",), written_at="known_at"),
    "failure_events": Sealed(("id",), written_at="known_at", actor="actor"),
    "predictions": Sealed(("id",), written_at="at", actor="actor"),
    "prediction_outcomes": Sealed(("id",), written_at="at", actor="actor"),
    "audit_removals": Sealed(("id",), written_at="at", actor="rule"),
}
NOT_SEALED: dict[str, str] = {
    "turns": "clients may delete them; what was delivered stands in decisions",
    "api_keys": "rows change; each change is in staff_events, which they are compared with",
    "judge_spending": "counters, which change with every use",
    "people": "rows change; each change is in staff_events, which they are compared with",
    "sessions": "rows change: when somebody was last seen",
    "sign_in_links": "rows change, and live for minutes",
    "sign_in_failures": "counters, which live for an hour",
    "desk_cases": "rows change: where a case stands; its steps are in escalation_events",
    "desk_answers": "rows change: a text is masked once it was delivered; what was sent is in staff_events",
    "desk_requests": "what a retried request is answered with",
    "desk_news": "a queue: what others are still to be told",
    "desk_deliveries": "a queue: whom that was told",
    "people_calls": "a queue: who is still to be told that people are needed",
    "canaries": "rows change: where a canary stands; its steps are in canary_events",
    "canary_deliveries": "a queue: whom a roll-back was told",
    "canary_conversations": "counters, which change with every answer",
    "shadow_answers": "copies, of which no customer got anything",
    "drift_deliveries": "a queue: whom an alarm of drift was told",
    "drift_looks": "rows change: what comparing weeks of traffic came to, which can be done again",
    "failure_states": "rows change: where a failure stands; its steps are in failure_events",
    "answer_texts": "an index of decisions, made anew from them",
    "answer_marks": "an index of decisions, made anew from them",
    "recalls": "rows change: how far a recall is",
    "recall_findings": "what a recall came to, made anew by another one; what was wrong is in failure_events",
    "corrections": "rows change: a text is masked once it was sent; that it was is in failure_events",
    "rehearsal_reports": "made anew from the files that it names; what it predicted is in predictions",
    "sentences": "an index of decisions, made anew from them",
    "sentence_places": "an index of decisions, made anew from them",
    "desk_sentence_places": "an index of desk_answers, made anew from them",
    "audit_batches": "the log itself",
    "audit_entries": "the log itself",
    "audit_salts": "what opens the log; a changed salt opens nothing, and the row is shown",
    "audit_pending": "what waits to be sealed",
}

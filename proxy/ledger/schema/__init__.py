"""The tables, the same for SQLite and PostgreSQL. Changes go through ``migrations/``; a test compares."""

from __future__ import annotations

from proxy.ledger.schema.answers import decisions, turns
from proxy.ledger.schema.audit import (
    audit_batches,
    audit_entries,
    audit_pending,
    audit_removals,
    audit_salts,
)
from proxy.ledger.schema.canaries import (
    canaries,
    canary_conversations,
    canary_deliveries,
    canary_events,
    shadow_answers,
)
from proxy.ledger.schema.cases import escalation_events, escalations
from proxy.ledger.schema.columns import Instant, RowId, metadata
from proxy.ledger.schema.customers import contacts, promises
from proxy.ledger.schema.desk import desk_answers, desk_cases, desk_deliveries, desk_news, desk_requests
from proxy.ledger.schema.documents import corpus_documents, document_placements, document_versions
from proxy.ledger.schema.drift import drift_deliveries, drift_looks
from proxy.ledger.schema.failures import failure_events, failure_states, failures
from proxy.ledger.schema.operating import api_keys, judge_spending, policy_changes
from proxy.ledger.schema.people import people, sessions, sign_in_failures, sign_in_links
from proxy.ledger.schema.people_calls import people_calls
from proxy.ledger.schema.policy_notes import policy_notes
from proxy.ledger.schema.proposals import rule_proposal_events, rule_proposals
from proxy.ledger.schema.recalls import corrections, recall_findings, recalls
from proxy.ledger.schema.rehearsals import prediction_outcomes, predictions, rehearsal_reports
from proxy.ledger.schema.reviews import (
    review_draws,
    review_ends,
    review_givings,
    review_items,
    review_judgements,
)
from proxy.ledger.schema.searching import answer_marks, answer_texts
from proxy.ledger.schema.sentences import desk_sentence_places, sentence_places, sentences
from proxy.ledger.schema.staff_events import staff_events

__all__ = [
    "APPEND_ONLY",
    "Instant",
    "RowId",
    "answer_marks",
    "answer_texts",
    "api_keys",
    "audit_batches",
    "audit_entries",
    "audit_pending",
    "audit_removals",
    "audit_salts",
    "canaries",
    "canary_conversations",
    "canary_deliveries",
    "canary_events",
    "contacts",
    "corpus_documents",
    "corrections",
    "decisions",
    "desk_answers",
    "desk_cases",
    "desk_deliveries",
    "desk_news",
    "desk_requests",
    "desk_sentence_places",
    "document_placements",
    "document_versions",
    "drift_deliveries",
    "drift_looks",
    "escalation_events",
    "escalations",
    "failure_events",
    "failure_states",
    "failures",
    "judge_spending",
    "metadata",
    "people",
    "people_calls",
    "policy_changes",
    "policy_notes",
    "prediction_outcomes",
    "predictions",
    "promises",
    "recall_findings",
    "recalls",
    "rehearsal_reports",
    "review_draws",
    "review_ends",
    "review_givings",
    "review_items",
    "review_judgements",
    "rule_proposal_events",
    "rule_proposals",
    "sentence_places",
    "sentences",
    "sessions",
    "shadow_answers",
    "sign_in_failures",
    "sign_in_links",
    "staff_events",
    "turns",
]

APPEND_ONLY = (
    "decisions",
    "escalations",
    "escalation_events",
    "document_versions",
    "document_placements",
    "corpus_documents",
    "turns",
    "contacts",
    "promises",
    "policy_changes",
    "policy_notes",
    "failures",
    "failure_events",
    "answer_texts",
    "answer_marks",
    "rule_proposals",
    "rule_proposal_events",
    "review_items",
    "review_givings",
    "review_judgements",
    "review_ends",
    "review_draws",
    "staff_events",
    "rehearsal_reports",
    "predictions",
    "prediction_outcomes",
    "canary_events",
    "audit_batches",
    "audit_entries",
    "audit_removals",
    "audit_salts",
)

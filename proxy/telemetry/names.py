"""Every span, attribute, event and metric name that the proxy emits; nothing else in the code spells one out.

``gen_ai.*`` and ``openai.*`` follow the OpenTelemetry GenAI semantic conventions v0.1.0
(https://github.com/open-telemetry/semantic-conventions-genai), ``http.*``, ``url.*``, ``server.*`` and
``error.*`` the stable conventions, ``cxai.*`` are ours. The constants are spelled out here because the Python
package marks its own as deprecated since the GenAI conventions moved to a repository of their own.
"""

from __future__ import annotations

from typing import Final

# Resource
SERVICE_NAME: Final = "service.name"
SERVICE_VERSION: Final = "service.version"
DEFAULT_SERVICE_NAME: Final = "cxai-proxy"
SCOPE: Final = "cxai.proxy"

# The SERVER span of a request
HTTP_METHOD: Final = "http.request.method"
HTTP_METHOD_ORIGINAL: Final = "http.request.method_original"
HTTP_ROUTE: Final = "http.route"
HTTP_STATUS: Final = "http.response.status_code"
URL_PATH: Final = "url.path"
URL_SCHEME: Final = "url.scheme"
USER_AGENT: Final = "user_agent.original"
SERVER_ADDRESS: Final = "server.address"
SERVER_PORT: Final = "server.port"
ERROR_TYPE: Final = "error.type"
EXCEPTION_EVENT: Final = "exception"
EXCEPTION_TYPE: Final = "exception.type"

# The call of the model
CHAT: Final = "chat"
OPERATION: Final = "gen_ai.operation.name"
PROVIDER: Final = "gen_ai.provider.name"
CONVERSATION_ID: Final = "gen_ai.conversation.id"
REQUEST_MODEL: Final = "gen_ai.request.model"
REQUEST_STREAM: Final = "gen_ai.request.stream"
REQUEST_MAX_TOKENS: Final = "gen_ai.request.max_tokens"
REQUEST_TEMPERATURE: Final = "gen_ai.request.temperature"
REQUEST_TOP_P: Final = "gen_ai.request.top_p"
REQUEST_FREQUENCY_PENALTY: Final = "gen_ai.request.frequency_penalty"
REQUEST_PRESENCE_PENALTY: Final = "gen_ai.request.presence_penalty"
REQUEST_SEED: Final = "gen_ai.request.seed"
REQUEST_STOP: Final = "gen_ai.request.stop_sequences"
REQUEST_CHOICES: Final = "gen_ai.request.choice.count"
REQUEST_REASONING_LEVEL: Final = "gen_ai.request.reasoning.level"
REQUEST_SERVICE_TIER: Final = "openai.request.service_tier"
OUTPUT_TYPE: Final = "gen_ai.output.type"
RESPONSE_ID: Final = "gen_ai.response.id"
RESPONSE_MODEL: Final = "gen_ai.response.model"
RESPONSE_FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
RESPONSE_TIME_TO_FIRST_CHUNK: Final = "gen_ai.response.time_to_first_chunk"
USAGE_INPUT: Final = "gen_ai.usage.input_tokens"
USAGE_OUTPUT: Final = "gen_ai.usage.output_tokens"
USAGE_CACHE_READ: Final = "gen_ai.usage.cache_read.input_tokens"
USAGE_REASONING: Final = "gen_ai.usage.reasoning.output_tokens"
INPUT_MESSAGES: Final = "gen_ai.input.messages"
OUTPUT_MESSAGES: Final = "gen_ai.output.messages"

# Finding evidence
RETRIEVAL: Final = "retrieval"
DATA_SOURCE: Final = "gen_ai.data_source.id"
POLICY_CORPUS: Final = "policy_corpus"
RETRIEVAL_TOP_K: Final = "gen_ai.retrieval.top_k"
RETRIEVAL_DOCUMENTS: Final = "gen_ai.retrieval.documents"
RETRIEVAL_QUERY_CHARS: Final = "cxai.retrieval.query_chars"
RETRIEVAL_COUNT: Final = "cxai.retrieval.count"

# Judging a claim; the evaluation is also an event of this name
CLAIM: Final = "verify claim"
CLAIM_CHOICE: Final = "cxai.claim.choice"
CLAIM_KIND: Final = "cxai.claim.kind"
CLAIM_CHARS: Final = "cxai.claim.chars"
CLAIM_TEXT: Final = "cxai.claim.text"
CLAIM_VERDICT: Final = "cxai.claim.verdict"
CLAIM_CONFIDENCE: Final = "cxai.claim.confidence"
CLAIM_DOCUMENT: Final = "cxai.claim.document"
CLAIM_SECTION: Final = "cxai.claim.section"
CLAIM_REASON: Final = "cxai.claim.reason"
CLAIM_ACTION: Final = "cxai.claim.action"
UNVERIFIED: Final = "unverified"
EVALUATION_RESULT: Final = "gen_ai.evaluation.result"
EVALUATION_NAME: Final = "gen_ai.evaluation.name"
EVALUATION_SCORE: Final = "gen_ai.evaluation.score.value"
EVALUATION_LABEL: Final = "gen_ai.evaluation.score.label"
EVALUATION_EXPLANATION: Final = "gen_ai.evaluation.explanation"
GROUNDEDNESS: Final = "groundedness"

# What was decided, on the SERVER span; on a span of its own where the answer had already left (mode: observe)
OBSERVED: Final = "observe answer"
DECISION: Final = "cxai.decision"
VERIFIED: Final = "cxai.verified"
UNVERIFIED_REASON: Final = "cxai.unverified_reason"
CONFIDENCE: Final = "cxai.confidence"
POLICY_ROUTE: Final = "cxai.route"
MODE: Final = "cxai.mode"
STREAMED: Final = "cxai.streamed"
ANSWER_ID: Final = "cxai.response.id"
CLAIM_COUNT: Final = "cxai.claims.count"
REASKED: Final = "cxai.reasked"
CORPUS_VERSION: Final = "cxai.corpus.version"
RULES_VERSION: Final = "cxai.rules.version"
VERIFIER_VERSION: Final = "cxai.verifier.version"

# Escalations: the tag is on the request's SERVER span and on every later trace of the same case
ESCALATION: Final = "escalation"
ESCALATION_REF: Final = "cxai.escalation.ref"
ESCALATION_EVENT: Final = "cxai.escalation.event"
ESCALATION_ORIGIN: Final = "cxai.escalation.origin_trace_id"

# Prometheus (``_total`` is added to counters by the client library)
METRIC_BUILD: Final = "cxai_build"
METRIC_REQUESTS: Final = "cxai_requests"
METRIC_REQUEST_SECONDS: Final = "cxai_request_seconds"
METRIC_DECISIONS: Final = "cxai_decisions"
METRIC_UNVERIFIED: Final = "cxai_unverified"
METRIC_ESCALATIONS: Final = "cxai_escalations"
METRIC_VERDICTS: Final = "cxai_claim_verdicts"
METRIC_CLAIM_CONFIDENCE: Final = "cxai_claim_confidence"
METRIC_STAGE_SECONDS: Final = "cxai_stage_seconds"
METRIC_UPSTREAM_REQUESTS: Final = "cxai_upstream_requests"
METRIC_UPSTREAM_SECONDS: Final = "cxai_upstream_seconds"
METRIC_UPSTREAM_FIRST_CHUNK_SECONDS: Final = "cxai_upstream_first_chunk_seconds"
METRIC_UPSTREAM_TOKENS: Final = "cxai_upstream_tokens"
METRIC_CORPUS_DOCUMENTS: Final = "cxai_corpus_documents"
METRIC_CORPUS_PASSAGES: Final = "cxai_corpus_passages"
METRIC_CORPUS_PROBLEMS: Final = "cxai_corpus_problems"
METRIC_JUDGE_QUEUE: Final = "cxai_judge_queue"
METRIC_JUDGE_REJECTED: Final = "cxai_judge_rejected"

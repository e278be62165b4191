-- r0027
CREATE TABLE cxai_ledger_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT cxai_ledger_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE decisions (
	response_id TEXT NOT NULL,
	created_at DATETIME NOT NULL,
	route TEXT NOT NULL,
	mode TEXT NOT NULL,
	decision TEXT NOT NULL,
	verified BOOLEAN NOT NULL,
	model TEXT NOT NULL,
	unverified_reason TEXT,
	confidence DOUBLE,
	conversation_id TEXT,
	customer_id TEXT,
	trace_id TEXT,
	streamed BOOLEAN NOT NULL,
	policy_date DATETIME,
	escalation_ref TEXT,
	store_text TEXT NOT NULL,
	corpus_version TEXT,
	question TEXT,
	choices JSON NOT NULL,
	facts JSON NOT NULL,
	versions JSON NOT NULL,
	timings_ms JSON NOT NULL,
	usage JSON NOT NULL, tenant TEXT DEFAULT 'default' NOT NULL, request JSON, context JSON, rules JSON, answered_by TEXT, owner TEXT,
	CONSTRAINT pk_decisions PRIMARY KEY (response_id)
);

CREATE INDEX ix_decisions_created_at ON decisions (created_at);

CREATE INDEX ix_decisions_mode_decision_created_at ON decisions (mode, decision, created_at);

CREATE INDEX ix_decisions_escalation_ref ON decisions (escalation_ref);

CREATE INDEX ix_decisions_corpus_version ON decisions (corpus_version);

CREATE TABLE escalations (
	ref TEXT NOT NULL,
	response_id TEXT NOT NULL,
	dedup_key TEXT NOT NULL,
	reason TEXT NOT NULL,
	created_at DATETIME NOT NULL,
	conversation_id TEXT,
	customer_id TEXT,
	route TEXT NOT NULL,
	trace_id TEXT,
	span_id TEXT,
	store_text TEXT NOT NULL,
	question TEXT,
	blocked_text TEXT, tenant TEXT DEFAULT 'default' NOT NULL,
	CONSTRAINT pk_escalations PRIMARY KEY (ref)
);

CREATE INDEX ix_escalations_dedup_key_created_at ON escalations (dedup_key, created_at);

CREATE INDEX ix_escalations_created_at ON escalations (created_at);

CREATE TABLE escalation_events (
	id INTEGER NOT NULL,
	ref TEXT NOT NULL,
	at DATETIME NOT NULL,
	status TEXT NOT NULL,
	actor TEXT NOT NULL,
	note TEXT,
	CONSTRAINT pk_escalation_events PRIMARY KEY (id),
	CONSTRAINT fk_escalation_events_ref FOREIGN KEY(ref) REFERENCES escalations (ref) ON DELETE CASCADE
);

CREATE INDEX ix_escalation_events_ref_id ON escalation_events (ref, id);

CREATE TABLE document_versions (
	content_hash TEXT NOT NULL,
	content BLOB NOT NULL,
	CONSTRAINT pk_document_versions PRIMARY KEY (content_hash)
);

CREATE TABLE document_placements (
	id INTEGER NOT NULL,
	document_id TEXT NOT NULL,
	path TEXT NOT NULL,
	content_hash TEXT NOT NULL,
	kept_at DATETIME NOT NULL,
	CONSTRAINT pk_document_placements PRIMARY KEY (id),
	CONSTRAINT fk_document_placements_content_hash FOREIGN KEY(content_hash) REFERENCES document_versions (content_hash)
);

CREATE INDEX ix_document_placements_path_id ON document_placements (path, id);

CREATE INDEX ix_document_placements_document_id_id ON document_placements (document_id, id);

CREATE INDEX ix_document_placements_content_hash ON document_placements (content_hash);

CREATE TABLE corpus_documents (
	corpus_version TEXT NOT NULL,
	document_id TEXT NOT NULL,
	content_hash TEXT NOT NULL,
	kept_at DATETIME NOT NULL,
	CONSTRAINT pk_corpus_documents PRIMARY KEY (corpus_version, document_id)
);

CREATE INDEX ix_corpus_documents_content_hash ON corpus_documents (content_hash);

CREATE TRIGGER decisions_append_only BEFORE UPDATE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions is append-only'); END;

CREATE TRIGGER escalations_append_only BEFORE UPDATE ON escalations BEGIN SELECT RAISE(ABORT, 'escalations is append-only'); END;

CREATE TRIGGER escalation_events_append_only BEFORE UPDATE ON escalation_events BEGIN SELECT RAISE(ABORT, 'escalation_events is append-only'); END;

CREATE TRIGGER document_versions_append_only BEFORE UPDATE ON document_versions BEGIN SELECT RAISE(ABORT, 'document_versions is append-only'); END;

CREATE TRIGGER document_placements_append_only BEFORE UPDATE ON document_placements BEGIN SELECT RAISE(ABORT, 'document_placements is append-only'); END;

CREATE TRIGGER corpus_documents_append_only BEFORE UPDATE ON corpus_documents BEGIN SELECT RAISE(ABORT, 'corpus_documents is append-only'); END;

CREATE TABLE judge_spending (
	account TEXT NOT NULL,
	month TEXT NOT NULL,
	requests BIGINT NOT NULL,
	micros BIGINT NOT NULL,
	CONSTRAINT pk_judge_spending PRIMARY KEY (account, month)
);

CREATE TABLE turns (
	response_id TEXT NOT NULL,
	owner TEXT NOT NULL,
	created_at DATETIME NOT NULL,
	previous_id TEXT,
	input JSON NOT NULL,
	response JSON NOT NULL,
	CONSTRAINT pk_turns PRIMARY KEY (response_id)
);

CREATE INDEX ix_turns_created_at ON turns (created_at);

CREATE TRIGGER turns_append_only BEFORE UPDATE ON turns BEGIN SELECT RAISE(ABORT, 'turns is append-only'); END;

CREATE TABLE api_keys (
	prefix TEXT NOT NULL,
	digest TEXT NOT NULL,
	name TEXT NOT NULL,
	tenant TEXT NOT NULL,
	scopes JSON NOT NULL,
	created_at DATETIME NOT NULL,
	expires_at DATETIME,
	revoked_at DATETIME,
	last_used_at DATETIME,
	requests_per_minute INTEGER,
	concurrency INTEGER,
	replaces TEXT,
	revision BIGINT NOT NULL,
	CONSTRAINT pk_api_keys PRIMARY KEY (prefix)
);

CREATE INDEX ix_api_keys_revision ON api_keys (revision);

CREATE INDEX ix_decisions_customer_id_created_at ON decisions (customer_id, created_at);

CREATE INDEX ix_escalations_customer_id_created_at ON escalations (customer_id, created_at);

CREATE TABLE contacts (
	id INTEGER NOT NULL,
	tenant TEXT NOT NULL,
	"key" TEXT NOT NULL,
	customer_id TEXT NOT NULL,
	kind TEXT NOT NULL,
	channel TEXT NOT NULL,
	at DATETIME NOT NULL,
	received_at DATETIME NOT NULL,
	actor TEXT NOT NULL,
	ref TEXT,
	text TEXT,
	data JSON NOT NULL,
	store_text TEXT NOT NULL,
	CONSTRAINT pk_contacts PRIMARY KEY (id)
);

CREATE UNIQUE INDEX ix_contacts_tenant_key ON contacts (tenant, "key");

CREATE INDEX ix_contacts_customer_id_at ON contacts (customer_id, at);

CREATE INDEX ix_contacts_kind_at ON contacts (kind, at);

CREATE TABLE promises (
	id TEXT NOT NULL,
	tenant TEXT NOT NULL,
	customer_id TEXT NOT NULL,
	response_id TEXT NOT NULL,
	conversation_id TEXT,
	created_at DATETIME NOT NULL,
	text TEXT,
	what JSON NOT NULL,
	due_at DATETIME,
	store_text TEXT NOT NULL,
	CONSTRAINT pk_promises PRIMARY KEY (id)
);

CREATE INDEX ix_promises_customer_id_created_at ON promises (customer_id, created_at);

CREATE INDEX ix_promises_due_at ON promises (due_at);

CREATE TABLE policy_changes (
	id INTEGER NOT NULL,
	tenant TEXT NOT NULL,
	at DATETIME NOT NULL,
	version TEXT NOT NULL,
	previous TEXT,
	author TEXT NOT NULL,
	summary JSON NOT NULL,
	CONSTRAINT pk_policy_changes PRIMARY KEY (id)
);

CREATE INDEX ix_policy_changes_tenant_at ON policy_changes (tenant, at);

CREATE TRIGGER contacts_append_only BEFORE UPDATE ON contacts BEGIN SELECT RAISE(ABORT, 'contacts is append-only'); END;

CREATE TRIGGER promises_append_only BEFORE UPDATE ON promises BEGIN SELECT RAISE(ABORT, 'promises is append-only'); END;

CREATE TRIGGER policy_changes_append_only BEFORE UPDATE ON policy_changes BEGIN SELECT RAISE(ABORT, 'policy_changes is append-only'); END;

CREATE TABLE answer_texts (
	response_id TEXT NOT NULL,
	tenant TEXT NOT NULL,
	created_at DATETIME NOT NULL,
	words TEXT NOT NULL,
	CONSTRAINT pk_answer_texts PRIMARY KEY (response_id),
	CONSTRAINT fk_answer_texts_response_id FOREIGN KEY(response_id) REFERENCES decisions (response_id) ON DELETE CASCADE
);

CREATE INDEX ix_answer_texts_tenant_created_at ON answer_texts (tenant, created_at);

CREATE TABLE answer_marks (
	response_id TEXT NOT NULL,
	kind TEXT NOT NULL,
	value TEXT NOT NULL,
	tenant TEXT NOT NULL,
	created_at DATETIME NOT NULL,
	CONSTRAINT pk_answer_marks PRIMARY KEY (response_id, kind, value),
	CONSTRAINT fk_answer_marks_response_id FOREIGN KEY(response_id) REFERENCES decisions (response_id) ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE INDEX ix_answer_marks_tenant_kind_value_created_at ON answer_marks (tenant, kind, value, created_at);

CREATE TRIGGER answer_texts_append_only BEFORE UPDATE ON answer_texts BEGIN SELECT RAISE(ABORT, 'answer_texts is append-only'); END;

CREATE TRIGGER answer_marks_append_only BEFORE UPDATE ON answer_marks BEGIN SELECT RAISE(ABORT, 'answer_marks is append-only'); END;

CREATE TABLE rule_proposals (
	id TEXT NOT NULL,
	tenant TEXT NOT NULL,
	at DATETIME NOT NULL,
	proposed_by TEXT NOT NULL,
	rule JSON NOT NULL,
	CONSTRAINT pk_rule_proposals PRIMARY KEY (id)
);

CREATE INDEX ix_rule_proposals_tenant_at ON rule_proposals (tenant, at);

CREATE TABLE rule_proposal_events (
	id INTEGER NOT NULL,
	proposal_id TEXT NOT NULL,
	at DATETIME NOT NULL,
	status TEXT NOT NULL,
	actor TEXT NOT NULL,
	note TEXT,
	CONSTRAINT pk_rule_proposal_events PRIMARY KEY (id),
	CONSTRAINT fk_rule_proposal_events_proposal_id FOREIGN KEY(proposal_id) REFERENCES rule_proposals (id) ON DELETE CASCADE
);

CREATE INDEX ix_rule_proposal_events_proposal_id_id ON rule_proposal_events (proposal_id, id);

CREATE TRIGGER rule_proposals_append_only BEFORE UPDATE ON rule_proposals BEGIN SELECT RAISE(ABORT, 'rule_proposals is append-only'); END;

CREATE TRIGGER rule_proposal_events_append_only BEFORE UPDATE ON rule_proposal_events BEGIN SELECT RAISE(ABORT, 'rule_proposal_events is append-only'); END;

CREATE TABLE people (
	id TEXT NOT NULL,
	tenant TEXT NOT NULL,
	email TEXT NOT NULL,
	name TEXT NOT NULL,
	roles JSON NOT NULL,
	password_hash TEXT,
	issuer TEXT,
	subject TEXT,
	created_at DATETIME NOT NULL,
	disabled_at DATETIME,
	CONSTRAINT pk_people PRIMARY KEY (id)
);

CREATE UNIQUE INDEX ix_people_email ON people (email);

CREATE UNIQUE INDEX ix_people_issuer_subject ON people (issuer, subject);

CREATE TABLE sessions (
	digest TEXT NOT NULL,
	person_id TEXT NOT NULL,
	method TEXT NOT NULL,
	begun_at DATETIME NOT NULL,
	seen_at DATETIME NOT NULL,
	expires_at DATETIME NOT NULL,
	ended_at DATETIME,
	CONSTRAINT pk_sessions PRIMARY KEY (digest)
);

CREATE INDEX ix_sessions_person_id ON sessions (person_id);

CREATE INDEX ix_sessions_expires_at ON sessions (expires_at);

CREATE TABLE sign_in_links (
	digest TEXT NOT NULL,
	person_id TEXT NOT NULL,
	expires_at DATETIME NOT NULL,
	used_at DATETIME,
	CONSTRAINT pk_sign_in_links PRIMARY KEY (digest)
);

CREATE TABLE review_items (
	id TEXT NOT NULL,
	tenant TEXT NOT NULL,
	"key" TEXT NOT NULL,
	kind TEXT NOT NULL,
	created_at DATETIME NOT NULL,
	answered_at DATETIME NOT NULL,
	response_id TEXT,
	case_ref TEXT,
	content JSON,
	truth JSON,
	source TEXT,
	risk TEXT NOT NULL,
	second BOOLEAN NOT NULL,
	author TEXT,
	inclusion DOUBLE,
	CONSTRAINT pk_review_items PRIMARY KEY (id)
);

CREATE UNIQUE INDEX ix_review_items_tenant_key ON review_items (tenant, "key");

CREATE INDEX ix_review_items_tenant_kind_created_at ON review_items (tenant, kind, created_at);

CREATE INDEX ix_review_items_response_id ON review_items (response_id);

CREATE TABLE review_givings (
	id TEXT NOT NULL,
	item_id TEXT NOT NULL,
	tenant TEXT NOT NULL,
	reviewer TEXT NOT NULL,
	round INTEGER NOT NULL,
	at DATETIME NOT NULL,
	required JSON NOT NULL,
	burst TEXT,
	simulated BOOLEAN NOT NULL,
	CONSTRAINT pk_review_givings PRIMARY KEY (id),
	CONSTRAINT fk_review_givings_item_id FOREIGN KEY(item_id) REFERENCES review_items (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX ix_review_givings_item_id_reviewer ON review_givings (item_id, reviewer);

CREATE INDEX ix_review_givings_tenant_at ON review_givings (tenant, at);

CREATE INDEX ix_review_givings_reviewer_at ON review_givings (reviewer, at);

CREATE TABLE review_judgements (
	id INTEGER NOT NULL,
	giving_id TEXT NOT NULL,
	claim INTEGER NOT NULL,
	stage TEXT NOT NULL,
	verdict TEXT NOT NULL,
	at DATETIME NOT NULL,
	visible_ms BIGINT NOT NULL,
	focused_ms BIGINT NOT NULL,
	floor_ms BIGINT NOT NULL,
	note TEXT,
	CONSTRAINT pk_review_judgements PRIMARY KEY (id),
	CONSTRAINT fk_review_judgements_giving_id FOREIGN KEY(giving_id) REFERENCES review_givings (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX ix_review_judgements_giving_id_claim_stage ON review_judgements (giving_id, claim, stage);

CREATE TABLE review_ends (
	giving_id TEXT NOT NULL,
	at DATETIME NOT NULL,
	outcome TEXT NOT NULL,
	wanted INTEGER NOT NULL,
	CONSTRAINT pk_review_ends PRIMARY KEY (giving_id),
	CONSTRAINT fk_review_ends_giving_id FOREIGN KEY(giving_id) REFERENCES review_givings (id) ON DELETE CASCADE
);

CREATE TABLE review_draws (
	id INTEGER NOT NULL,
	tenant TEXT NOT NULL,
	since DATETIME NOT NULL,
	until DATETIME NOT NULL,
	at DATETIME NOT NULL,
	population INTEGER NOT NULL,
	drawn INTEGER NOT NULL,
	shares JSON NOT NULL,
	CONSTRAINT pk_review_draws PRIMARY KEY (id)
);

CREATE UNIQUE INDEX ix_review_draws_tenant_since ON review_draws (tenant, since);

CREATE TRIGGER review_items_append_only BEFORE UPDATE ON review_items BEGIN SELECT RAISE(ABORT, 'review_items is append-only'); END;

CREATE TRIGGER review_givings_append_only BEFORE UPDATE ON review_givings BEGIN SELECT RAISE(ABORT, 'review_givings is append-only'); END;

CREATE TRIGGER review_judgements_append_only BEFORE UPDATE ON review_judgements BEGIN SELECT RAISE(ABORT, 'review_judgements is append-only'); END;

CREATE TRIGGER review_ends_append_only BEFORE UPDATE ON review_ends BEGIN SELECT RAISE(ABORT, 'review_ends is append-only'); END;

CREATE TRIGGER review_draws_append_only BEFORE UPDATE ON review_draws BEGIN SELECT RAISE(ABORT, 'review_draws is append-only'); END;

CREATE INDEX ix_decisions_conversation_id_created_at ON decisions (conversation_id, created_at);

CREATE TABLE desk_cases (
	ref TEXT NOT NULL,
	tenant TEXT NOT NULL,
	customer_id TEXT,
	opened_at DATETIME NOT NULL,
	status TEXT NOT NULL,
	status_at DATETIME NOT NULL,
	queue TEXT,
	topic TEXT,
	risk TEXT,
	due_at DATETIME,
	holder TEXT,
	holder_name TEXT,
	held_until DATETIME,
	answer_id INTEGER,
	CONSTRAINT pk_desk_cases PRIMARY KEY (ref),
	CONSTRAINT fk_desk_cases_ref FOREIGN KEY(ref) REFERENCES escalations (ref) ON DELETE CASCADE
);

CREATE INDEX ix_desk_cases_tenant_status_opened_at ON desk_cases (tenant, status, opened_at);

CREATE INDEX ix_desk_cases_tenant_status_due_at ON desk_cases (tenant, status, due_at);

CREATE INDEX ix_desk_cases_status_due_at ON desk_cases (status, due_at);

CREATE INDEX ix_desk_cases_customer_id_opened_at ON desk_cases (customer_id, opened_at);

CREATE TABLE desk_answers (
	id INTEGER NOT NULL,
	ref TEXT NOT NULL,
	at DATETIME NOT NULL,
	author TEXT NOT NULL,
	author_name TEXT,
	text TEXT,
	verified BOOLEAN NOT NULL,
	claims JSON NOT NULL,
	override_reason TEXT,
	delivered_at DATETIME,
	response_id TEXT,
	store_text TEXT NOT NULL,
	CONSTRAINT pk_desk_answers PRIMARY KEY (id),
	CONSTRAINT fk_desk_answers_ref FOREIGN KEY(ref) REFERENCES escalations (ref) ON DELETE CASCADE
);

CREATE INDEX ix_desk_answers_ref_id ON desk_answers (ref, id);

CREATE INDEX ix_desk_answers_response_id ON desk_answers (response_id);

CREATE TABLE desk_requests (
	tenant TEXT NOT NULL,
	"key" TEXT NOT NULL,
	ref TEXT NOT NULL,
	at DATETIME NOT NULL,
	fingerprint TEXT NOT NULL,
	result JSON NOT NULL,
	CONSTRAINT pk_desk_requests PRIMARY KEY (tenant, "key"),
	CONSTRAINT fk_desk_requests_ref FOREIGN KEY(ref) REFERENCES escalations (ref) ON DELETE CASCADE
);

CREATE INDEX ix_desk_requests_at ON desk_requests (at);

CREATE TABLE desk_news (
	id INTEGER NOT NULL,
	tenant TEXT NOT NULL,
	ref TEXT NOT NULL,
	status TEXT NOT NULL,
	at DATETIME NOT NULL,
	actor TEXT NOT NULL,
	handed_out BOOLEAN DEFAULT 0 NOT NULL,
	CONSTRAINT pk_desk_news PRIMARY KEY (id),
	CONSTRAINT fk_desk_news_ref FOREIGN KEY(ref) REFERENCES escalations (ref) ON DELETE CASCADE
);

CREATE INDEX ix_desk_news_handed_out_id ON desk_news (handed_out, id);

CREATE INDEX ix_desk_news_ref ON desk_news (ref);

CREATE INDEX ix_desk_news_tenant_id ON desk_news (tenant, id);

CREATE TABLE desk_deliveries (
	id INTEGER NOT NULL,
	news_id INTEGER NOT NULL,
	target TEXT NOT NULL,
	attempts INTEGER NOT NULL,
	due_at DATETIME,
	done_at DATETIME,
	problem TEXT,
	CONSTRAINT pk_desk_deliveries PRIMARY KEY (id),
	CONSTRAINT fk_desk_deliveries_news_id FOREIGN KEY(news_id) REFERENCES desk_news (id) ON DELETE CASCADE
);

CREATE INDEX ix_desk_deliveries_due_at ON desk_deliveries (due_at);

CREATE UNIQUE INDEX ix_desk_deliveries_news_id_target ON desk_deliveries (news_id, target);

CREATE TRIGGER desk_cases_follows AFTER INSERT ON escalations BEGIN INSERT INTO desk_cases (ref, tenant, customer_id, opened_at, status, status_at) VALUES (NEW.ref, NEW.tenant, NEW.customer_id, NEW.created_at, 'open', NEW.created_at); INSERT INTO desk_news (tenant, ref, status, at, actor) VALUES (NEW.tenant, NEW.ref, 'open', NEW.created_at, 'cxai'); END;

CREATE TRIGGER desk_news_follows AFTER INSERT ON escalation_events BEGIN UPDATE desk_cases SET (status, status_at) = (SELECT status, at FROM escalation_events WHERE escalation_events.ref = NEW.ref ORDER BY at DESC, status DESC, id DESC LIMIT 1) WHERE ref = NEW.ref; INSERT INTO desk_news (tenant, ref, status, at, actor) SELECT tenant, ref, NEW.status, NEW.at, NEW.actor FROM desk_cases WHERE ref = NEW.ref; END;

CREATE TABLE audit_batches (
	number INTEGER NOT NULL,
	previous TEXT NOT NULL,
	hash TEXT NOT NULL,
	sealed_at DATETIME NOT NULL,
	drained BOOLEAN NOT NULL,
	CONSTRAINT pk_audit_batches PRIMARY KEY (number)
);

CREATE TABLE audit_entries (
	seq INTEGER NOT NULL,
	batch INTEGER NOT NULL,
	table_name TEXT NOT NULL,
	commitment TEXT NOT NULL,
	rule TEXT,
	CONSTRAINT pk_audit_entries PRIMARY KEY (seq)
);

CREATE INDEX ix_audit_entries_batch ON audit_entries (batch);

CREATE TABLE audit_salts (
	seq INTEGER NOT NULL,
	table_name TEXT NOT NULL,
	row_key TEXT NOT NULL,
	salt TEXT NOT NULL,
	CONSTRAINT pk_audit_salts PRIMARY KEY (seq)
);

CREATE UNIQUE INDEX ix_audit_salts_table_name_row_key ON audit_salts (table_name, row_key);

CREATE TABLE audit_removals (
	id INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	rule TEXT NOT NULL,
	at DATETIME NOT NULL,
	CONSTRAINT pk_audit_removals PRIMARY KEY (id)
);

CREATE INDEX ix_audit_removals_seq ON audit_removals (seq);

CREATE TABLE audit_pending (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	table_name TEXT NOT NULL,
	row_key TEXT NOT NULL,
	rule TEXT
);

CREATE INDEX ix_audit_pending_table_name_row_key ON audit_pending (table_name, row_key);

CREATE TRIGGER audit_batches_append_only BEFORE UPDATE ON audit_batches BEGIN SELECT RAISE(ABORT, 'audit_batches is append-only'); END;

CREATE TRIGGER audit_entries_append_only BEFORE UPDATE ON audit_entries BEGIN SELECT RAISE(ABORT, 'audit_entries is append-only'); END;

CREATE TRIGGER audit_salts_append_only BEFORE UPDATE ON audit_salts BEGIN SELECT RAISE(ABORT, 'audit_salts is append-only'); END;

CREATE TRIGGER audit_removals_append_only BEFORE UPDATE ON audit_removals BEGIN SELECT RAISE(ABORT, 'audit_removals is append-only'); END;

CREATE TRIGGER decisions_audited AFTER INSERT ON decisions BEGIN INSERT INTO audit_pending (table_name, row_key) VALUES ('decisions', CAST(NEW.response_id AS TEXT)); END;

CREATE TRIGGER escalations_audited AFTER INSERT ON escalations BEGIN INSERT INTO audit_pending (table_name, row_key) VALUES ('escalations', CAST(NEW.ref AS TEXT)); END;

CREATE TRIGGER escalation_events_audited AFTER INSERT ON escalation_events BEGIN INSERT INTO audit_pending (table_name, row_key) VALUES ('escalation_events', CAST(NEW.id AS TEXT)); END;

CREATE TRIGGER contacts_audited AFTER INSERT ON contacts BEGIN INSERT INTO audit_pending (table_name, row_key) VALUES ('contacts', CAST(NEW.id AS TEXT)); END;

CREATE TRIGGER promises_audited AFTER INSERT ON promises BEGIN INSERT INTO audit_pending (table_name, row_key) VALUES ('promises', CAST(NEW.id AS TEXT)); END;

CREATE TRIGGER policy_changes_audited AFTER INSERT ON policy_changes BEGIN INSERT INTO audit_pending (table_name, row_key) VALUES ('policy_changes', CAST(NEW.id AS TEXT)); END;

CREATE TRIGGER document_versions_audited AFTER INSERT ON document_versions BEGIN INSERT INTO audit_pending (table_name, row_key) VALUES ('document_versions', CAST(NEW.content_hash AS TEXT)); END;

CREATE TRIGGER document_placements_audited AFTER INSERT ON document_placements BEGIN INSERT INTO audit_pending (table_name, row_key) VALUES ('document_placements', CAST(NEW.id AS TEXT)); END;

CREATE TRIGGER corpus_documents_audited AFTER INSERT ON corpus_documents BEGIN INSERT INTO audit_pending (table_name, row_key) VALUES ('corpus_documents', CAST(NEW.corpus_version AS TEXT) || char(31) || CAST(NEW.document_id AS TEXT)); END;

CREATE TRIGGER rule_proposals_audited AFTER INSERT ON rule_proposals BEGIN INSERT INTO audit_pending (table_name, row_key) VALUES ('rule_proposals', CAST(NEW.id AS TEXT)); END;

CREATE TRIGGER rule_proposal_events_audited AFTER INSERT ON rule_proposal_events BEGIN INSERT INTO audit_pending (table_name, row_key) VALUES ('rule_proposal_events', CAST(NEW.id AS TEXT)); END;

CREATE TRIGGER review_items_audited AFTER INSERT ON review_items BEGIN INSERT INTO audit_pending (table_name, row_key) VALUES ('review_items', CAST(NEW.id AS TEXT)); END;

CREATE TRIGGER review_givings_audited AFTER INSERT ON review_givings BEGIN INSERT INTO audit_pending (table_name, row_key) VALUES ('review_givings', CAST(NEW.id AS TEXT)); END;

CREATE TRIGGER review_judgements_audited AFTER INSERT ON review_judgements BEGIN INSERT INTO audit_pending (table_name, row_key) VALUES ('review_judgements', CAST(NEW.id AS TEXT)); END;

CREATE TRIGGER review_ends_audited AFTER INSERT ON review_ends BEGIN INSERT INTO audit_pending (table_name, row_key) VALUES ('review_ends', CAST(NEW.giving_id AS TEXT)); END;

CREATE TRIGGER review_draws_audited AFTER INSERT ON review_draws BEGIN INSERT INTO audit_pending (table_name, row_key) VALUES ('review_draws', CAST(NEW.id AS TEXT)); END;

CREATE TRIGGER audit_removals_audited AFTER INSERT ON audit_removals BEGIN INSERT INTO audit_pending (table_name, row_key) VALUES ('audit_removals', CAST(NEW.id AS TEXT)); END;

CREATE TABLE policy_notes (
	id INTEGER NOT NULL,
	tenant TEXT NOT NULL,
	at DATETIME NOT NULL,
	author TEXT NOT NULL,
	ref TEXT NOT NULL,
	text TEXT NOT NULL,
	document_id TEXT,
	content_hash TEXT,
	section TEXT,
	line INTEGER,
	owner TEXT,
	CONSTRAINT pk_policy_notes PRIMARY KEY (id),
	CONSTRAINT fk_policy_notes_ref FOREIGN KEY(ref) REFERENCES escalations (ref) ON DELETE CASCADE
);

CREATE INDEX ix_policy_notes_tenant_at ON policy_notes (tenant, at);

CREATE INDEX ix_policy_notes_ref ON policy_notes (ref);

CREATE TRIGGER policy_notes_append_only BEFORE UPDATE ON policy_notes BEGIN SELECT RAISE(ABORT, 'policy_notes is append-only'); END;

CREATE TRIGGER policy_notes_audited AFTER INSERT ON policy_notes BEGIN INSERT INTO audit_pending (table_name, row_key) VALUES ('policy_notes', CAST(NEW.id AS TEXT)); END;

CREATE TABLE staff_events (
	id INTEGER NOT NULL,
	at DATETIME NOT NULL,
	kind TEXT NOT NULL,
	subject TEXT NOT NULL,
	event TEXT NOT NULL,
	actor TEXT NOT NULL,
	ref TEXT,
	state JSON NOT NULL,
	CONSTRAINT pk_staff_events PRIMARY KEY (id),
	CONSTRAINT fk_staff_events_ref FOREIGN KEY(ref) REFERENCES escalations (ref) ON DELETE CASCADE
);

CREATE INDEX ix_staff_events_kind_subject ON staff_events (kind, subject);

CREATE INDEX ix_staff_events_ref ON staff_events (ref);

CREATE TRIGGER staff_events_append_only BEFORE UPDATE ON staff_events BEGIN SELECT RAISE(ABORT, 'staff_events is append-only'); END;

CREATE TRIGGER staff_events_audited AFTER INSERT ON staff_events BEGIN INSERT INTO audit_pending (table_name, row_key) VALUES ('staff_events', CAST(NEW.id AS TEXT)); END;

CREATE TABLE sign_in_failures (
	account TEXT NOT NULL,
	failures INTEGER NOT NULL,
	last_at DATETIME NOT NULL,
	free_at DATETIME NOT NULL,
	CONSTRAINT pk_sign_in_failures PRIMARY KEY (account)
);

CREATE INDEX ix_sign_in_failures_last_at ON sign_in_failures (last_at);

CREATE TABLE people_calls (
	id INTEGER NOT NULL,
	tenant TEXT NOT NULL,
	at DATETIME NOT NULL,
	target TEXT NOT NULL,
	waiting INTEGER NOT NULL,
	people INTEGER NOT NULL,
	people_needed INTEGER NOT NULL,
	wait_s DOUBLE NOT NULL,
	attempts INTEGER NOT NULL,
	due_at DATETIME,
	done_at DATETIME,
	problem TEXT,
	CONSTRAINT pk_people_calls PRIMARY KEY (id)
);

CREATE INDEX ix_people_calls_due_at ON people_calls (due_at);

CREATE INDEX ix_people_calls_tenant_at ON people_calls (tenant, at);

CREATE TABLE failures (
	id TEXT NOT NULL,
	tenant TEXT NOT NULL,
	"key" TEXT NOT NULL,
	kind TEXT NOT NULL,
	author TEXT NOT NULL,
	occurred_at DATETIME NOT NULL,
	known_at DATETIME NOT NULL,
	customer_id TEXT,
	conversation_id TEXT,
	response_id TEXT,
	case_ref TEXT,
	channel TEXT,
	topic TEXT,
	incident TEXT,
	text TEXT,
	trace_id TEXT,
	simulated BOOLEAN NOT NULL,
	store_text TEXT NOT NULL,
	CONSTRAINT pk_failures PRIMARY KEY (id)
);

CREATE UNIQUE INDEX ix_failures_tenant_key ON failures (tenant, "key");

CREATE INDEX ix_failures_tenant_occurred_at ON failures (tenant, occurred_at);

CREATE INDEX ix_failures_customer_id ON failures (customer_id);

CREATE INDEX ix_failures_response_id ON failures (response_id);

CREATE INDEX ix_failures_incident ON failures (incident);

CREATE TABLE failure_events (
	id INTEGER NOT NULL,
	failure_id TEXT NOT NULL,
	"key" TEXT NOT NULL,
	step TEXT NOT NULL,
	at DATETIME NOT NULL,
	known_at DATETIME NOT NULL,
	actor TEXT NOT NULL,
	source TEXT,
	data JSON NOT NULL,
	note TEXT,
	CONSTRAINT pk_failure_events PRIMARY KEY (id),
	CONSTRAINT fk_failure_events_failure_id FOREIGN KEY(failure_id) REFERENCES failures (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX ix_failure_events_failure_id_key ON failure_events (failure_id, "key");

CREATE INDEX ix_failure_events_known_at ON failure_events (known_at);

CREATE TABLE failure_states (
	failure_id TEXT NOT NULL,
	tenant TEXT NOT NULL,
	kind TEXT NOT NULL,
	author TEXT NOT NULL,
	status TEXT NOT NULL,
	counted BOOLEAN NOT NULL,
	doubtful BOOLEAN NOT NULL,
	severity TEXT NOT NULL,
	cause TEXT NOT NULL,
	occurred_at DATETIME NOT NULL,
	detected_at DATETIME,
	detected_by TEXT,
	contained_at DATETIME,
	corrected_at DATETIME,
	restored_at DATETIME,
	restored_how TEXT,
	learned_at DATETIME,
	ended_at DATETIME,
	ended_how TEXT,
	reopened INTEGER NOT NULL,
	recurrence_of TEXT,
	amount DOUBLE,
	currency TEXT,
	customer_id TEXT,
	channel TEXT,
	topic TEXT,
	incident TEXT,
	simulated BOOLEAN NOT NULL,
	CONSTRAINT pk_failure_states PRIMARY KEY (failure_id),
	CONSTRAINT fk_failure_states_failure_id FOREIGN KEY(failure_id) REFERENCES failures (id) ON DELETE CASCADE
);

CREATE INDEX ix_failure_states_tenant_occurred_at ON failure_states (tenant, occurred_at);

CREATE INDEX ix_failure_states_tenant_status_occurred_at ON failure_states (tenant, status, occurred_at);

CREATE INDEX ix_failure_states_customer_id ON failure_states (customer_id);

CREATE INDEX ix_failure_states_incident ON failure_states (incident);

CREATE TRIGGER failures_append_only BEFORE UPDATE ON failures BEGIN SELECT RAISE(ABORT, 'failures is append-only'); END;

CREATE TRIGGER failures_audited AFTER INSERT ON failures BEGIN INSERT INTO audit_pending (table_name, row_key) VALUES ('failures', CAST(NEW.id AS TEXT)); END;

CREATE TRIGGER failure_events_append_only BEFORE UPDATE ON failure_events BEGIN SELECT RAISE(ABORT, 'failure_events is append-only'); END;

CREATE TRIGGER failure_events_audited AFTER INSERT ON failure_events BEGIN INSERT INTO audit_pending (table_name, row_key) VALUES ('failure_events', CAST(NEW.id AS TEXT)); END;

CREATE INDEX ix_contacts_tenant_received_at ON contacts (tenant, received_at);

CREATE TABLE sentences (
	id INTEGER NOT NULL,
	tenant TEXT NOT NULL,
	model TEXT NOT NULL,
	digest TEXT NOT NULL,
	vector BLOB NOT NULL,
	CONSTRAINT pk_sentences PRIMARY KEY (id)
);

CREATE UNIQUE INDEX ix_sentences_tenant_model_digest ON sentences (tenant, model, digest);

CREATE TABLE sentence_places (
	response_id TEXT NOT NULL,
	choice INTEGER NOT NULL,
	begins INTEGER NOT NULL,
	ends INTEGER NOT NULL,
	tenant TEXT NOT NULL,
	created_at DATETIME NOT NULL,
	sentence_id INTEGER,
	CONSTRAINT pk_sentence_places PRIMARY KEY (response_id, choice, begins),
	CONSTRAINT fk_sentence_places_response_id FOREIGN KEY(response_id) REFERENCES decisions (response_id) ON DELETE CASCADE,
	CONSTRAINT fk_sentence_places_sentence_id FOREIGN KEY(sentence_id) REFERENCES sentences (id) ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE INDEX ix_sentence_places_sentence_id_created_at ON sentence_places (sentence_id, created_at);

CREATE INDEX ix_sentence_places_tenant_created_at ON sentence_places (tenant, created_at);

CREATE TABLE recalls (
	ref TEXT NOT NULL,
	tenant TEXT NOT NULL,
	at DATETIME NOT NULL,
	actor TEXT NOT NULL,
	what JSON NOT NULL,
	state TEXT NOT NULL,
	total INTEGER NOT NULL,
	done INTEGER NOT NULL,
	counts JSON NOT NULL,
	cursor_at DATETIME,
	cursor_id TEXT,
	ended_at DATETIME,
	CONSTRAINT pk_recalls PRIMARY KEY (ref)
);

CREATE INDEX ix_recalls_tenant_at ON recalls (tenant, at);

CREATE TABLE recall_findings (
	id INTEGER NOT NULL,
	ref TEXT NOT NULL,
	tenant TEXT NOT NULL,
	response_id TEXT NOT NULL,
	choice INTEGER NOT NULL,
	begins INTEGER NOT NULL,
	ends INTEGER NOT NULL,
	said_at DATETIME NOT NULL,
	customer_id TEXT,
	conversation_id TEXT,
	outcome TEXT NOT NULL,
	label_then TEXT,
	label_now TEXT,
	reason TEXT,
	document TEXT,
	section TEXT,
	quote TEXT,
	url TEXT,
	failure_id TEXT,
	CONSTRAINT pk_recall_findings PRIMARY KEY (id),
	CONSTRAINT fk_recall_findings_ref FOREIGN KEY(ref) REFERENCES recalls (ref) ON DELETE CASCADE
);

CREATE UNIQUE INDEX ix_recall_findings_ref_response_id_choice_begins ON recall_findings (ref, response_id, choice, begins);

CREATE INDEX ix_recall_findings_tenant_customer_id ON recall_findings (tenant, customer_id);

CREATE TABLE corrections (
	id INTEGER NOT NULL,
	ref TEXT NOT NULL,
	tenant TEXT NOT NULL,
	customer_id TEXT NOT NULL,
	conversation_id TEXT,
	response_id TEXT NOT NULL,
	findings JSON NOT NULL,
	made_at DATETIME NOT NULL,
	text TEXT,
	verified BOOLEAN NOT NULL,
	problem TEXT,
	state TEXT NOT NULL,
	actor TEXT,
	approved_at DATETIME,
	target TEXT,
	attempts INTEGER NOT NULL,
	due_at DATETIME,
	sending_at DATETIME,
	done_at DATETIME,
	store_text TEXT NOT NULL, approvals JSON,
	CONSTRAINT pk_corrections PRIMARY KEY (id),
	CONSTRAINT fk_corrections_ref FOREIGN KEY(ref) REFERENCES recalls (ref) ON DELETE CASCADE
);

CREATE UNIQUE INDEX ix_corrections_ref_customer_id ON corrections (ref, customer_id);

CREATE INDEX ix_corrections_tenant_customer_id ON corrections (tenant, customer_id);

CREATE INDEX ix_corrections_target_due_at ON corrections (target, due_at);

CREATE INDEX ix_corrections_state ON corrections (state);

CREATE TABLE rehearsal_reports (
	id TEXT NOT NULL,
	tenant TEXT NOT NULL,
	at DATETIME NOT NULL,
	actor TEXT NOT NULL,
	report JSON NOT NULL,
	CONSTRAINT pk_rehearsal_reports PRIMARY KEY (id)
);

CREATE INDEX ix_rehearsal_reports_tenant_at ON rehearsal_reports (tenant, at);

CREATE TABLE predictions (
	id TEXT NOT NULL,
	report_id TEXT NOT NULL,
	tenant TEXT NOT NULL,
	at DATETIME NOT NULL,
	actor TEXT NOT NULL,
	suite TEXT NOT NULL,
	measure TEXT NOT NULL,
	since DATETIME NOT NULL,
	until DATETIME NOT NULL,
	pilot FLOAT,
	value FLOAT NOT NULL,
	low FLOAT NOT NULL,
	high FLOAT NOT NULL,
	n INTEGER NOT NULL,
	made_from JSON NOT NULL,
	CONSTRAINT pk_predictions PRIMARY KEY (id)
);

CREATE INDEX ix_predictions_tenant_at ON predictions (tenant, at);

CREATE INDEX ix_predictions_report_id ON predictions (report_id);

CREATE TABLE prediction_outcomes (
	id INTEGER NOT NULL,
	prediction_id TEXT NOT NULL,
	at DATETIME NOT NULL,
	actor TEXT NOT NULL,
	source TEXT NOT NULL,
	share FLOAT NOT NULL,
	low FLOAT NOT NULL,
	high FLOAT NOT NULL,
	n INTEGER NOT NULL,
	CONSTRAINT pk_prediction_outcomes PRIMARY KEY (id),
	CONSTRAINT fk_prediction_outcomes_prediction_id FOREIGN KEY(prediction_id) REFERENCES predictions (id) ON DELETE CASCADE
);

CREATE INDEX ix_prediction_outcomes_prediction_id_id ON prediction_outcomes (prediction_id, id);

CREATE TRIGGER rehearsal_reports_append_only BEFORE UPDATE ON rehearsal_reports BEGIN SELECT RAISE(ABORT, 'rehearsal_reports is append-only'); END;

CREATE TRIGGER predictions_append_only BEFORE UPDATE ON predictions BEGIN SELECT RAISE(ABORT, 'predictions is append-only'); END;

CREATE TRIGGER prediction_outcomes_append_only BEFORE UPDATE ON prediction_outcomes BEGIN SELECT RAISE(ABORT, 'prediction_outcomes is append-only'); END;

CREATE TRIGGER predictions_audited AFTER INSERT ON predictions BEGIN INSERT INTO audit_pending (table_name, row_key) VALUES ('predictions', CAST(NEW.id AS TEXT)); END;

CREATE TRIGGER prediction_outcomes_audited AFTER INSERT ON prediction_outcomes BEGIN INSERT INTO audit_pending (table_name, row_key) VALUES ('prediction_outcomes', CAST(NEW.id AS TEXT)); END;

CREATE TABLE canaries (
	tenant TEXT NOT NULL,
	name TEXT NOT NULL,
	changes TEXT NOT NULL,
	state TEXT NOT NULL,
	since DATETIME NOT NULL,
	reason TEXT,
	evidence JSON NOT NULL,
	CONSTRAINT pk_canaries PRIMARY KEY (tenant, name)
);

CREATE TABLE canary_events (
	id INTEGER NOT NULL,
	tenant TEXT NOT NULL,
	name TEXT NOT NULL,
	at DATETIME NOT NULL,
	event TEXT NOT NULL,
	actor TEXT NOT NULL,
	reason TEXT,
	evidence JSON NOT NULL,
	CONSTRAINT pk_canary_events PRIMARY KEY (id)
);

CREATE INDEX ix_canary_events_tenant_name ON canary_events (tenant, name);

CREATE TRIGGER canary_events_append_only BEFORE UPDATE ON canary_events BEGIN SELECT RAISE(ABORT, 'canary_events is append-only'); END;

CREATE TRIGGER canary_events_audited AFTER INSERT ON canary_events BEGIN INSERT INTO audit_pending (table_name, row_key) VALUES ('canary_events', CAST(NEW.id AS TEXT)); END;

CREATE TABLE canary_conversations (
	tenant TEXT NOT NULL,
	name TEXT NOT NULL,
	conversation TEXT NOT NULL,
	arm TEXT NOT NULL,
	stratum TEXT NOT NULL,
	last_at DATETIME NOT NULL,
	answers INTEGER NOT NULL,
	unsupported INTEGER NOT NULL,
	escalated INTEGER NOT NULL,
	failed INTEGER NOT NULL,
	slow INTEGER NOT NULL,
	counted BOOLEAN NOT NULL,
	CONSTRAINT pk_canary_conversations PRIMARY KEY (tenant, name, conversation)
);

CREATE INDEX ix_canary_conversations_tenant_name_counted_last_at ON canary_conversations (tenant, name, counted, last_at);

CREATE INDEX ix_canary_conversations_last_at ON canary_conversations (last_at);

CREATE TABLE shadow_answers (
	tenant TEXT NOT NULL,
	name TEXT NOT NULL,
	response_id TEXT NOT NULL,
	changes TEXT NOT NULL,
	at DATETIME NOT NULL,
	conversation TEXT NOT NULL,
	live JSON NOT NULL,
	candidate JSON NOT NULL,
	text TEXT,
	store_text TEXT NOT NULL,
	CONSTRAINT pk_shadow_answers PRIMARY KEY (tenant, name, response_id)
);

CREATE INDEX ix_shadow_answers_response_id ON shadow_answers (response_id);

CREATE INDEX ix_shadow_answers_at ON shadow_answers (at);

CREATE TABLE drift_looks (
	tenant TEXT NOT NULL,
	day TEXT NOT NULL,
	at DATETIME NOT NULL,
	found JSON,
	CONSTRAINT pk_drift_looks PRIMARY KEY (tenant, day)
);

CREATE TABLE canary_deliveries (
	id INTEGER NOT NULL,
	event_id INTEGER NOT NULL,
	target TEXT NOT NULL,
	attempts INTEGER NOT NULL,
	due_at DATETIME,
	done_at DATETIME,
	problem TEXT,
	CONSTRAINT pk_canary_deliveries PRIMARY KEY (id),
	CONSTRAINT fk_canary_deliveries_event_id FOREIGN KEY(event_id) REFERENCES canary_events (id) ON DELETE CASCADE
);

CREATE INDEX ix_canary_deliveries_due_at ON canary_deliveries (due_at);

CREATE UNIQUE INDEX ix_canary_deliveries_event_id_target ON canary_deliveries (event_id, target);

CREATE TABLE drift_deliveries (
	id INTEGER NOT NULL,
	tenant TEXT NOT NULL,
	day TEXT NOT NULL,
	target TEXT NOT NULL,
	attempts INTEGER NOT NULL,
	due_at DATETIME,
	done_at DATETIME,
	problem TEXT,
	CONSTRAINT pk_drift_deliveries PRIMARY KEY (id),
	CONSTRAINT fk_drift_deliveries_tenant_day FOREIGN KEY(tenant, day) REFERENCES drift_looks (tenant, day) ON DELETE CASCADE
);

CREATE INDEX ix_drift_deliveries_due_at ON drift_deliveries (due_at);

CREATE UNIQUE INDEX ix_drift_deliveries_tenant_day_target ON drift_deliveries (tenant, day, target);

CREATE TABLE desk_sentence_places (
	answer_id INTEGER NOT NULL,
	begins INTEGER NOT NULL,
	ends INTEGER NOT NULL,
	created_at DATETIME NOT NULL,
	sentence_id INTEGER,
	CONSTRAINT pk_desk_sentence_places PRIMARY KEY (answer_id, begins),
	CONSTRAINT fk_desk_sentence_places_answer_id FOREIGN KEY(answer_id) REFERENCES desk_answers (id) ON DELETE CASCADE,
	CONSTRAINT fk_desk_sentence_places_sentence_id FOREIGN KEY(sentence_id) REFERENCES sentences (id) ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE INDEX ix_desk_sentence_places_sentence_id_created_at ON desk_sentence_places (sentence_id, created_at);

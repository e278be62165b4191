"""What /metrics shows, and that nobody outside can make it grow."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from proxy.telemetry.metrics import MAX_VALUES, Metrics


def samples(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    page, content_type = metrics.render()
    assert content_type.startswith("text/plain")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(page.decode())
        for sample in family.samples
    }


def test_what_happened_is_counted() -> None:
    metrics = Metrics()
    metrics.request("/v1/chat/completions", 200, 0.3)
    metrics.decision(
        route="default",
        mode="enforce",
        decision="escalate",
        streamed=True,
        unverified_reason="timeout",
        escalated=True,
    )
    metrics.decision(route="default", mode="enforce", decision="deliver", streamed=False)
    metrics.verdict("policy", "contradicted", 0.03)
    metrics.verdict("not_checkable", "not_checkable", None)
    metrics.stage("judge", 0.004)
    metrics.upstream("gpt-4o", 200, 1.5, {"prompt_tokens": 120, "completion_tokens": 40})
    metrics.upstream("gpt-4o", "timeout", 30.0)
    metrics.first_chunk("gpt-4o", 0.4)
    metrics.corpus(documents=14, passages=320, problems=1)
    metrics.judge_rejected()
    metrics.access_refused("invalid")
    metrics.judge_queue(lambda: 7)

    found = samples(metrics)
    assert found["cxai_requests_total", (("endpoint", "/v1/chat/completions"), ("status", "200"))] == 1
    decided = (
        ("decision", "escalate"),
        ("mode", "enforce"),
        ("route", "default"),
        ("streamed", "true"),
        ("tenant", "default"),
    )
    assert found["cxai_decisions_total", decided] == 1
    assert found["cxai_unverified_total", (("reason", "timeout"), ("route", "default"))] == 1
    assert found["cxai_escalations_total", (("route", "default"),)] == 1
    assert found["cxai_claim_verdicts_total", (("kind", "policy"), ("verdict", "contradicted"))] == 1
    assert found["cxai_claim_confidence_bucket", (("kind", "policy"), ("le", "0.05"))] == 1
    assert ("cxai_claim_confidence_count", (("kind", "not_checkable"),)) not in found
    assert found["cxai_stage_seconds_bucket", (("le", "0.005"), ("stage", "judge"))] == 1
    assert (
        found[
            "cxai_upstream_requests_total",
            (("model", "gpt-4o"), ("status", "timeout"), ("upstream", "default")),
        ]
        == 1
    )
    assert found["cxai_upstream_tokens_total", (("model", "gpt-4o"), ("type", "input"))] == 120
    assert found["cxai_upstream_first_chunk_seconds_count", (("model", "gpt-4o"),)] == 1
    assert found["cxai_corpus_documents", ()] == 14
    assert found["cxai_corpus_problems", ()] == 1
    assert found["cxai_judge_queue", ()] == 7
    assert found["cxai_judge_rejected_total", ()] == 1
    assert found["cxai_access_refused_total", (("reason", "invalid"),)] == 1


def test_model_names_that_clients_invent_do_not_become_series() -> None:
    metrics = Metrics()
    for number in range(500):
        metrics.upstream(f"invented-{number}", 404, 0.1)
    metrics.upstream("gpt-4o", 200, 0.1)
    models = {dict(labels).get("model") for _, labels in samples(metrics)} - {None}
    assert models == {"other", "gpt-4o"}


def test_models_that_answer_are_bounded_too() -> None:
    metrics = Metrics()
    for number in range(500):
        metrics.upstream(f"model-{number}", 200, 0.1)
        metrics.decision(route=f"route-{number}", mode="enforce", decision="deliver", streamed=False)
    found = samples(metrics)
    for label in ("model", "route"):
        assert len({dict(labels).get(label) for _, labels in found} - {None}) == MAX_VALUES + 1
    other = (
        ("decision", "deliver"),
        ("mode", "enforce"),
        ("route", "other"),
        ("streamed", "false"),
        ("tenant", "default"),
    )
    assert found["cxai_decisions_total", other] == 500 - MAX_VALUES


def test_two_apps_in_one_process_count_apart() -> None:
    one, two = Metrics(), Metrics()
    one.stage("judge", 0.1)
    assert ("cxai_stage_seconds_count", (("stage", "judge"),)) in samples(one)
    assert ("cxai_stage_seconds_count", (("stage", "judge"),)) not in samples(two)


def test_a_scraper_that_asks_for_openmetrics_gets_it() -> None:
    page, content_type = Metrics().render("application/openmetrics-text; version=1.0.0")
    assert content_type.startswith("application/openmetrics-text")
    assert page.endswith(b"# EOF\n")

"""A Text Embeddings Inference server as the verifier: what is asked, what counts, and what its failures become."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest
import uvicorn
from support.policy import HITS, REFUNDS, hits_of, verdict_on
from support.serving import served
from support.tei import NLI, TeiServer

from proxy.grounding.types import Label, VerifierError
from proxy.verifiers.tei import TeiOptions, TeiVerifier

TRUE = "Refunds are paid within 30 days."


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[TeiServer, str]]:
    server = TeiServer()
    with served(server) as url:
        yield server, url


@pytest.fixture
def server(running: tuple[TeiServer, str]) -> TeiServer:
    """The server as it is when it has just started."""
    server, fresh = running[0], TeiServer()
    for each in fields(server):
        setattr(server, each.name, getattr(fresh, each.name))
    return server


@pytest.fixture
def url(running: tuple[TeiServer, str]) -> str:
    return running[1]


def verifier(url: str, **options: Any) -> TeiVerifier:
    return TeiVerifier(TeiOptions(url=url, **options))


def test_the_window_with_the_highest_entailment_decides_and_is_quoted(server: TeiServer, url: str) -> None:
    verdict = verdict_on(verifier(url), TRUE)
    assert verdict.label is Label.SUPPORTED and verdict.confidence > 0.9
    assert verdict.evidence[0].quote == "Refunds are paid within 30 days of the return."
    assert verdict.evidence[0].quote in REFUNDS
    path, request = server.requests[-1]
    assert path == "/predict" and request["raw_scores"] is False and request["truncate"] is True
    assert all(claim == TRUE for _, claim in request["inputs"])


def test_labels_are_read_by_name_not_by_place(server: TeiServer, url: str) -> None:
    server.model_type = {
        "classifier": {"id2label": {"0": "ENTAILMENT", "1": "NEUTRAL", "2": "CONTRADICTION"}}
    }
    assert verdict_on(verifier(url), TRUE).label is Label.SUPPORTED
    assert verdict_on(verifier(url), "Pigeons coo loudly.").label is not Label.SUPPORTED


def test_a_clear_contradiction_is_one(server: TeiServer, url: str) -> None:
    row = [
        {"label": "CONTRADICTION", "score": 0.9},
        {"label": "NEUTRAL", "score": 0.1},
        {"label": "ENTAILMENT", "score": 0},
    ]
    server.body = [row] * len(HITS)
    verdict = verdict_on(verifier(url), "Refunds take a year.")
    assert (verdict.label, verdict.confidence) == (Label.CONTRADICTED, 0.0)


def test_a_reranker_is_asked_as_one(server: TeiServer, url: str) -> None:
    server.model_type = {"reranker": {"id2label": {"0": "LABEL_0"}, "label2id": {"LABEL_0": 0}}}
    verdict = verdict_on(verifier(url), TRUE)
    assert verdict.label is Label.SUPPORTED
    assert verdict.evidence[0].quote == "Refunds are paid within 30 days of the return."
    path, request = server.requests[-1]
    assert path == "/rerank" and request["query"] == TRUE and len(request["texts"]) == len(HITS)


def test_no_batch_is_larger_than_the_server_takes(server: TeiServer, url: str) -> None:
    server.batch = 2
    assert verdict_on(verifier(url), TRUE).label is Label.SUPPORTED
    sizes = [len(request["inputs"]) for path, request in server.requests if path == "/predict"]
    assert sum(sizes) == len(HITS) and max(sizes) == 2


def test_the_version_names_model_and_commit(server: TeiServer, url: str) -> None:
    assert verifier(url).version == "some/nli-model@abc123"


def test_without_passages_nobody_is_asked(server: TeiServer, url: str) -> None:
    asked = verifier(url)
    server.requests.clear()
    verdict = verdict_on(asked, TRUE, hits=())
    assert verdict.label is Label.UNSUPPORTED and not server.requests


def test_a_token_is_sent_and_never_said(
    server: TeiServer, url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    server.token = "hf_very_secret"
    monkeypatch.setenv("TEI_TOKEN", "hf_very_secret")
    asked = verifier(url, key_variable="TEI_TOKEN")
    assert verdict_on(asked, TRUE).label is Label.SUPPORTED
    server.token = "another"
    with pytest.raises(VerifierError, match=r"/predict: status 401 \(unauthorized\)") as raised:
        verdict_on(asked, TRUE)
    assert "secret" not in str(raised.value) + caplog.text + str(vars(asked))


def test_a_named_variable_that_is_not_set_stops_the_start(url: str) -> None:
    with pytest.raises(VerifierError, match='the environment variable "TEI_TOKEN_NOT_SET" is not set'):
        verifier(url, key_variable="TEI_TOKEN_NOT_SET")


def test_a_slow_server_is_given_up_within_the_limit(server: TeiServer, url: str) -> None:
    asked = verifier(url, timeout_s=0.3)
    server.delay_s = 1.0
    started = time.monotonic()
    with pytest.raises(VerifierError, match=r"/predict: no answer within 0\.3 s"):
        verdict_on(asked, TRUE)
    assert time.monotonic() - started < 0.9


def test_all_batches_of_a_claim_together_take_no_longer_than_the_limit(server: TeiServer, url: str) -> None:
    server.batch, server.delay_s = 1, 0.2  # each of them alone is in time
    asked = verifier(url, timeout_s=0.5)
    started = time.monotonic()
    with pytest.raises(VerifierError, match=r"/predict: no answer within 0\.5 s"):
        verdict_on(asked, TRUE)
    assert time.monotonic() - started < 1.1


def test_an_error_status_is_named_and_the_text_that_it_repeats_is_not(server: TeiServer, url: str) -> None:
    asked = verifier(url)
    server.status = 429
    with pytest.raises(VerifierError, match=r"status 429 \(overloaded\)") as raised:
        verdict_on(asked, TRUE)
    assert "the text that was sent" not in str(raised.value)


@pytest.mark.parametrize(
    "body",
    [
        {"predictions": []},
        [],
        [[]] * len(HITS),
        [[{"label": "ENTAILMENT", "score": "high"}]] * len(HITS),
        [[{"label": "ENTAILMENT", "score": 7.5}]] * len(HITS),
        [[{"label": "LABEL_0", "score": 0.9}, {"label": "LABEL_1", "score": 0.1}]] * len(HITS),
        "supported",
    ],
)
def test_an_answer_of_another_shape_is_a_failure(server: TeiServer, url: str, body: Any) -> None:
    asked = verifier(url)
    server.body = body
    with pytest.raises(VerifierError):
        verdict_on(asked, TRUE)


def test_a_ranking_that_leaves_a_text_out_is_a_failure(server: TeiServer, url: str) -> None:
    server.model_type = {"reranker": {"id2label": {"0": "LABEL_0"}}}
    asked = verifier(url)
    server.body = [{"index": 0, "score": 0.9}] * len(HITS)
    with pytest.raises(VerifierError, match="shape"):
        verdict_on(asked, TRUE)


@pytest.mark.parametrize(
    ("model_type", "message"),
    [
        ({"embedding": {"pooling": "mean"}}, "a classifier or a reranker is needed"),
        ({"classifier": {"id2label": {"0": "LABEL_0", "1": "LABEL_1"}}}, "must be called entailment"),
    ],
)
def test_a_model_that_cannot_judge_is_said_to_be_one(
    server: TeiServer, url: str, model_type: dict[str, Any], message: str
) -> None:
    server.model_type = model_type
    with pytest.raises(VerifierError, match=message):
        verdict_on(verifier(url), TRUE)


def test_the_proxy_starts_without_the_server_and_judges_once_it_is_there(server: TeiServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    asked = verifier(f"http://127.0.0.1:{port}")
    assert asked.version == "unknown"
    with pytest.raises(VerifierError, match="cannot be reached"):
        verdict_on(asked, TRUE)
    config = uvicorn.Config(TeiServer(), port=port, log_config=None)
    started = uvicorn.Server(config)
    thread = threading.Thread(target=started.run, daemon=True)
    thread.start()
    while not started.started and thread.is_alive():
        time.sleep(0.01)
    assert verdict_on(asked, TRUE).label is Label.SUPPORTED
    assert asked.version == "some/nli-model@abc123"
    started.should_exit = True
    thread.join(timeout=15)


def test_a_server_that_came_back_with_another_model_is_looked_at_again(server: TeiServer, url: str) -> None:
    asked = verifier(url)
    assert verdict_on(asked, TRUE).label is Label.SUPPORTED
    server.status, server.model_id = 500, "another/model"
    with pytest.raises(VerifierError):
        verdict_on(asked, TRUE)
    server.status, server.model_type = 200, {"classifier": {"id2label": dict(reversed(NLI.items()))}}
    assert verdict_on(asked, TRUE).label is Label.SUPPORTED
    assert asked.version == "another/model@abc123"


def test_long_passages_are_read_in_windows(server: TeiServer, url: str) -> None:
    filler = " ".join(f"Rule {number} is about something else entirely." for number in range(80))
    verdict = verdict_on(verifier(url), TRUE, hits=hits_of(f"# Terms\n\n{filler} {TRUE} {filler}\n"))
    assert verdict.label is Label.SUPPORTED and verdict.evidence[0].quote == TRUE

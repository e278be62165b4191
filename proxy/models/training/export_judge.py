"""Writes a trained entailment model as int8 ONNX with its tokenizer, and says how far it is from the float one.

    python -m proxy.models.training.export_judge --model DIR --out DIR [--measure-on PAIRS]

``--measure-on`` is JSON lines of ``premise, hypothesis``; the differences printed are of P(supported). Needs the
``training`` extra.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from sentence_transformers import CrossEncoder
from tokenizers import Tokenizer

from proxy.models.entailment import MAX_TOKENS, EntailmentModel

COMPARED = 400


class _Logits(torch.nn.Module):  # type: ignore[misc]  # torch is not installed where types are checked
    """One pair a run needs no attention mask."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor, token_type_ids: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.model(
            input_ids=input_ids, token_type_ids=token_type_ids, attention_mask=torch.ones_like(input_ids)
        ).logits
        return logits


def export(model: CrossEncoder, out: Path) -> None:
    """Weights per channel and with 7 bits, so that CPUs without VNNI do not saturate."""
    out.mkdir(parents=True, exist_ok=True)
    transformer = model[0].auto_model.eval().float()
    example = torch.ones((1, 8), dtype=torch.int64)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        torch.onnx.export(
            _Logits(transformer),
            (example, torch.zeros_like(example)),
            str(path),
            input_names=["input_ids", "token_type_ids"],
            output_names=["logits"],
            dynamic_axes={
                "input_ids": {0: "batch", 1: "tokens"},
                "token_type_ids": {0: "batch", 1: "tokens"},
                "logits": {0: "batch"},
            },
            opset_version=17,
            dynamo=False,
        )
        quantize_dynamic(
            path, out / "model.int8.onnx", weight_type=QuantType.QInt8, per_channel=True, reduce_range=True
        )


def export_tokenizer(model_folder: Path, out: Path) -> None:
    tokenizer = Tokenizer.from_file(str(model_folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS, strategy="longest_first")
    tokenizer.save(str(out / "tokenizer.json"), pretty=False)


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


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--measure-on", type=Path)
    options = parser.parse_args()
    model = CrossEncoder(
        str(options.model), max_length=MAX_TOKENS, model_kwargs={"attn_implementation": "eager"}
    )
    export(model, options.out)
    export_tokenizer(options.model, options.out)
    if options.measure_on:
        print_agreement(model, options.out, options.measure_on)


if __name__ == "__main__":
    main()

"""What all exports write alike: a transformer as an ONNX file in floats, before it is quantised, and its tokenizer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from tokenizers import Tokenizer

from proxy.models.onnx_files import TOKENIZER_FILE

OPSET = 17
Axes = Mapping[
    int, str
]  # the dimensions that vary, by name: a name is part of the file, and so of its SHA-256


def write_float_onnx(
    module: torch.nn.Module, inputs: Mapping[str, Axes], outputs: Mapping[str, Axes], path: Path
) -> None:
    """``module`` takes a matrix of integers (texts, tokens) for each of ``inputs``."""
    example = torch.ones((1, 8), dtype=torch.int64)
    torch.onnx.export(
        module,
        tuple(example for _ in inputs),
        str(path),
        input_names=list(inputs),
        output_names=list(outputs),
        dynamic_axes={**inputs, **outputs},
        opset_version=OPSET,
        dynamo=False,
    )


def write_tokenizer(model_folder: Path, out: Path, max_tokens: int) -> None:
    tokenizer = Tokenizer.from_file(str(model_folder / TOKENIZER_FILE))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    tokenizer.save(str(out / TOKENIZER_FILE), pretty=False)

"""Writes a transformer as an ONNX file in floats, before it is quantised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

OPSET = 17
Axes = Mapping[int, str]
TEXTS: Axes = {0: "texts"}
TEXTS_AND_TOKENS: Axes = {0: "texts", 1: "tokens"}


def write_float_onnx(
    module: torch.nn.Module, inputs: Sequence[str], outputs: Mapping[str, Axes], path: Path
) -> None:
    """``module`` takes one matrix of integers (texts, tokens) for each of ``inputs``; ``outputs`` names what varies."""
    example = torch.ones((1, 8), dtype=torch.int64)
    torch.onnx.export(
        module,
        tuple(example for _ in inputs),
        str(path),
        input_names=list(inputs),
        output_names=list(outputs),
        dynamic_axes={**{name: TEXTS_AND_TOKENS for name in inputs}, **outputs},
        opset_version=OPSET,
        dynamo=False,
    )

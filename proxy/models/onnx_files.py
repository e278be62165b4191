"""Opens a shipped model: an ONNX file and its tokenizer in one folder."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import onnxruntime
from tokenizers import Tokenizer

MODEL_FILE = "model.int8.onnx"
TOKENIZER_FILE = "tokenizer.json"


@dataclass(frozen=True, slots=True)
class OnnxModel:
    """``version`` names the model file's content."""

    session: onnxruntime.InferenceSession
    tokenizer: Tokenizer
    version: str


def open_model(folder: Path, max_tokens: int) -> OnnxModel:
    """A model that computes on the thread that asks it. Raises bare exceptions of many kinds where a file is amiss."""
    options = onnxruntime.SessionOptions()
    # A text is short work for one core. Handing its parts to other threads costs more than they save (measured for a
    # sentence: 1.8 ms on one thread, 2.4 ms on two); texts are spread over threads instead.
    options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # it would keep the largest text's memory for good
    path = folder / MODEL_FILE
    # By its path: from bytes the session takes 22 MB more, and keeps them.
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens, strategy="longest_first")
    with path.open("rb") as file:
        version = hashlib.file_digest(file, "sha256").hexdigest()[:12]
    return OnnxModel(session, tokenizer, version)

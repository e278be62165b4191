"""Hugging Face models small enough for a test: a real BERT of one layer, saved as a folder. They need the models extra.

A classifier always says the same: its weights are zero, and its bias favours one output.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

NOT_INSTALLED = "the models extra is not installed"
MISSING = [name for name in ("torch", "sentence_transformers") if find_spec(name) is None]
needs_models = pytest.mark.skipif(bool(MISSING), reason=NOT_INSTALLED)
WORDS = (
    "refunds are paid within 30 days of the return original receipt is needed for every refund stores open at"
)


def classifier(folder: Path, labels: Mapping[int, str], favoured: int, logit: float = 3.0) -> Path:
    """A cross-encoder with these labels (``id2label``) whose output ``favoured`` is ``logit``, and the others 0."""
    import torch
    from transformers import BertForSequenceClassification

    model = BertForSequenceClassification(_config(num_labels=len(labels), id2label=dict(labels)))
    with torch.no_grad():
        model.classifier.weight.zero_()
        model.classifier.bias.zero_()
        model.classifier.bias[favoured] = logit
    return _saved(folder, model)


def encoder(folder: Path) -> Path:
    """An embedding model with random weights, always the same."""
    import torch
    from transformers import BertModel

    torch.manual_seed(7)
    return _saved(folder, BertModel(_config()))


def _config(**more: Any) -> Any:
    from transformers import BertConfig

    return BertConfig(
        vocab_size=64,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=512,
        **more,
    )


def _saved(folder: Path, model: Any) -> Path:
    from transformers import PreTrainedTokenizerFast

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = {word: number for number, word in enumerate([*special, *dict.fromkeys(WORDS.split())])}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = Lowercase()
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    names = {f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep", "mask")}
    model.save_pretrained(folder)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=512, **names).save_pretrained(folder)
    return folder

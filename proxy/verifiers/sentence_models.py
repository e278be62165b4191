"""Loading sentence-transformers models, which are an extra: nothing is imported before a setting names a model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from proxy.grounding.types import VerifierError

_NEEDED = 'the kinds "cross-encoder" and "embeddings" need the models extra: pip install "cxai-proxy[models]"'
_WEIGHTS = ("*.safetensors", "*.bin", "config.json", "tokenizer.json")


def load(class_name: str, model: str, revision: str | None, *, gpu: bool) -> Any:
    """``sentence_transformers.<class_name>`` of a hub name or a folder. Raises VerifierError, with the way out."""
    try:
        made: Callable[..., Any] = getattr(import_module("sentence_transformers"), class_name)
    except ImportError as error:
        raise VerifierError(_NEEDED) from error
    if model.startswith(("/", "./", "../", "~")) and not Path(model).is_dir():
        raise VerifierError(f'there is no folder "{model}" with a model')
    try:
        return made(model, revision=revision, device=None if gpu else "cpu")
    except Exception as error:  # the libraries below raise anything, from OSError to a missing attribute
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise VerifierError(f'the model "{model}" cannot be loaded: {reason}') from error


def version_of(model: str, revision: str | None, config: Any) -> str:
    """What tells one model from another: the hub's commit, or for a folder the hash of its files."""
    folder = Path(model)
    if not folder.is_dir():
        return f"{model}@{getattr(config, '_commit_hash', None) or revision or 'unknown'}"
    digest = hashlib.sha256()
    for path in sorted({path for pattern in _WEIGHTS for path in folder.rglob(pattern)}):
        digest.update(path.relative_to(folder).as_posix().encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return f"{folder.name}@{digest.hexdigest()[:12]}"

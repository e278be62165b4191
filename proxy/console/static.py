"""The console's own files (stylesheet, scripts, icons), read once; their addresses change with their content."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from proxy.console.section import CONSOLE

STATIC = f"{CONSOLE}/static"
_TYPES = {
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
    "txt": "text/plain",
}


@cache
def contents() -> dict[str, bytes]:
    """Every file by its name."""
    folder = files("proxy.console").joinpath("static")
    return {
        file.name: file.read_bytes() for file in folder.iterdir() if file.name.rpartition(".")[2] in _TYPES
    }


@cache
def versioned(name: str) -> str:
    """The address of a file, which browsers may keep for good. Raises KeyError for one that is not there."""
    return f"{STATIC}/{name}?v={hashlib.sha256(contents()[name]).hexdigest()[:12]}"


@get(STATIC + "/{name:str}", opt={"public": True, "anonymous": True})
async def static(name: FromPath[str]) -> Response[bytes]:
    if name not in contents():
        raise NotFoundException
    headers = {"cache-control": "public, max-age=31536000, immutable"}
    return Response(contents()[name], media_type=_TYPES[name.rpartition(".")[2]], headers=headers)

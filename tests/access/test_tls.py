"""HTTPS by two files, and a renewed certificate without a restart."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx
import pytest
import trustme
from support.serving import served

from proxy.access.keys import AccessError
from proxy.access.tls import tls_context


async def hello(scope: object, receive: object, send: object) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})  # type: ignore[operator]
    await send({"type": "http.response.body", "body": b"hello"})  # type: ignore[operator]


def write(folder: Path, authority: trustme.CA, name: str = "127.0.0.1") -> tuple[Path, Path]:
    """A certificate and its key, put in the place of others as tools for renewal do it."""
    made = authority.issue_cert(name)
    files = folder / "cert.pem", folder / "key.pem"
    made.private_key_pem.write_to_path(folder / "key.new")
    (folder / "cert.new").write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
    for file in files:
        file.with_suffix(".new").replace(file)
    return files


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def test_a_renewed_certificate_is_used_from_the_next_connection_on(tmp_path: Path) -> None:
    first, second = trustme.CA(), trustme.CA()
    context = tls_context(*write(tmp_path, first))
    with served(hello, ssl_context_factory=lambda *_: context, lifespan="off") as url:
        address = url.replace("http://", "https://")
        with httpx.Client(verify=trusting(first)) as open_before:
            assert open_before.get(address).text == "hello"
            write(tmp_path, second)
            assert httpx.get(address, verify=trusting(second)).text == "hello"
            with pytest.raises(httpx.ConnectError):
                httpx.get(address, verify=trusting(first))
            assert open_before.get(address).text == "hello", "connections that are open stay"


def test_a_broken_renewal_leaves_the_last_certificate(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    authority = trustme.CA()
    certificate, key = write(tmp_path, authority)
    context = tls_context(certificate, key)
    with served(hello, ssl_context_factory=lambda *_: context, lifespan="off") as url:
        address = url.replace("http://", "https://")
        for content in (b"no certificate", None):
            certificate.unlink() if content is None else certificate.write_bytes(content)
            for _ in range(3):
                assert httpx.get(address, verify=trusting(authority)).text == "hello"
        write(tmp_path, authority)
        assert httpx.get(address, verify=trusting(authority)).text == "hello"
    out = "".join(capfd.readouterr())
    assert out.count("not renewed") == 2 and out.count("certificate renewed") == 1


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1:DeprecationWarning")
def test_plain_http_and_old_tls_get_nothing(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = tls_context(*write(tmp_path, authority))
    with served(hello, ssl_context_factory=lambda *_: context, lifespan="off") as url:
        with pytest.raises(httpx.TransportError):
            httpx.get(url)
        old = trusting(authority)
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises((httpx.ConnectError, ssl.SSLError)):
            httpx.get(url.replace("http://", "https://"), verify=old)


@pytest.mark.parametrize("wrong", ["missing", "no certificate", "another's key", "a key with a password"])
def test_files_that_cannot_be_used_are_named(tmp_path: Path, wrong: str) -> None:
    certificate, key = write(tmp_path, trustme.CA())
    if wrong == "missing":
        key.unlink()
    elif wrong == "no certificate":
        certificate.write_text("not a certificate")
    elif wrong == "another's key":
        (tmp_path / "other").mkdir()
        write(tmp_path / "other", trustme.CA())[1].replace(key)
    else:
        key.write_text(ENCRYPTED)
    with pytest.raises(AccessError, match=r"cert\.pem and .*key\.pem cannot be used"):
        tls_context(certificate, key)


ENCRYPTED = """-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAj8Xw==
-----END ENCRYPTED PRIVATE KEY-----
"""

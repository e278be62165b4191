"""Signing in with an identity provider: OpenID Connect's authorization code flow, with PKCE, state and nonce.

    token = new_token()                                            # stays in a cookie of the browser that asks
    address = await provider.address(back="/console", token=token, redirect_uri=ours)
    ...                                                            # the provider sends the browser to redirect_uri
    back = provider.back(state, token)
    identity = await provider.identity(code, token=token, redirect_uri=ours)

State, nonce and PKCE's verifier follow from the token, so nothing is kept meanwhile. What the provider says is believed
where it is signed by one of its keys, for us, for this browser's request, and not expired (OpenID Connect Core 1.0,
3.1.3.7).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from proxy.access.opening import is_loopback
from proxy.access.people.identity import Identity, OidcError
from proxy.outgoing import no_cookies, tls

# Signatures that only the provider can make; never "none", nor one by a secret that we know, too.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
SCOPE = "openid email profile"
LEEWAY_S = 60
METADATA_S = 3600.0
TIMEOUT_S = 10.0
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")


class OidcProvider:
    """One provider, and us as its client. ``secret`` says our secret as it is now, None for a client without one."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        secret: Callable[[], str | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.issuer = issuer
        self._client_id = client_id
        self._secret = secret
        self._clock = clock
        self._metadata: dict[str, Any] | None = None
        self._metadata_at = 0.0
        self._keys: KeySet | None = None

    async def address(self, *, back: str, token: str, redirect_uri: str) -> str:
        """Where the browser is sent to; ``back`` is where it goes in the end. Raises OidcError."""
        metadata = await self._described()
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": redirect_uri,
            "scope": SCOPE,
            "state": _state(token, back),
            "nonce": _derived(token, "nonce"),
            "code_challenge": create_s256_code_challenge(_derived(token, "verifier")),
            "code_challenge_method": "S256",
        }
        endpoint = metadata["authorization_endpoint"]
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(query)}"

    def back(self, state: str, token: str) -> str:
        """Where the browser goes in the end. Raises OidcError where the state was not made for this token."""
        encoded = state.partition(".")[2]
        try:
            back = base64.urlsafe_b64decode(encoded.encode()).decode()
        except (binascii.Error, UnicodeError, ValueError):
            raise OidcError("the state is none of ours") from None
        if not token or not hmac.compare_digest(
            state.encode("utf-8", "replace"), _state(token, back).encode()
        ):
            raise OidcError("the state is not this browser's")
        return back

    async def identity(
        self, code: str, *, token: str, redirect_uri: str, issuer: str | None = None
    ) -> Identity:
        """Who has signed in there; ``issuer`` is what came beside the code (RFC 9207). Raises OidcError."""
        if issuer is not None and issuer != self.issuer:
            raise OidcError(f"the answer came from another provider, {issuer!r:.100}")
        metadata = await self._described()
        async with _client() as client:
            answer = await self._exchange(client, metadata, code, token, redirect_uri)
            claims = await self._claims(client, metadata, answer, _derived(token, "nonce"))
            email, verified = claims.get("email"), claims.get("email_verified") is True
            if not isinstance(email, str) and "userinfo_endpoint" in metadata:
                email, verified = await self._email(client, metadata, answer, claims["sub"])
        return Identity(self.issuer, claims["sub"], email if isinstance(email, str) else None, verified)

    async def _exchange(
        self, client: httpx.AsyncClient, metadata: dict[str, Any], code: str, token: str, redirect_uri: str
    ) -> dict[str, Any]:
        """What the provider gives for a code."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": _derived(token, "verifier"),
        }
        secret = self._secret()
        auth: httpx.Auth = httpx.Auth()  # none
        methods = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if secret is None or "client_secret_basic" not in methods:
            form |= {"client_id": self._client_id, **({"client_secret": secret} if secret else {})}
        else:
            auth = httpx.BasicAuth(self._client_id, secret)
        try:
            response = await client.post(metadata["token_endpoint"], data=form, auth=auth)
            answer = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise OidcError(f"the token endpoint did not answer: {type(error).__name__}") from None
        if response.status_code != 200 or not isinstance(answer, dict):
            said = answer.get("error") if isinstance(answer, dict) else None
            raise OidcError(f"the token endpoint refused with {response.status_code}: {said!r:.100}")
        return answer

    async def _claims(
        self, client: httpx.AsyncClient, metadata: dict[str, Any], answer: dict[str, Any], nonce: str
    ) -> dict[str, Any]:
        """What the ID token says, once it is believed."""
        id_token = answer.get("id_token")
        if not isinstance(id_token, str):
            raise OidcError("the token endpoint gave no ID token")
        try:
            try:
                decoded = jwt.decode(id_token, await self._known_keys(client, metadata), ALGORITHMS)
            except (JoseError, ValueError):  # its keys may have been renewed
                decoded = jwt.decode(
                    id_token, await self._known_keys(client, metadata, anew=True), ALGORITHMS
                )
            options = {
                "iss": {"essential": True, "value": self.issuer},
                "aud": {"essential": True, "value": self._client_id},
            }
            params = {
                "nonce": nonce,
                "client_id": self._client_id,
                "access_token": answer.get("access_token"),
            }
            claims = CodeIDToken(decoded.claims, decoded.header, options, params)
            claims.validate(leeway=LEEWAY_S)
        except (JoseError, ValueError, TypeError) as error:
            raise OidcError(f"the ID token is not to be believed: {type(error).__name__}: {error}") from None
        if not isinstance(claims["sub"], str) or not claims["sub"]:
            raise OidcError("the ID token names nobody")
        return dict(claims)

    async def _email(
        self, client: httpx.AsyncClient, metadata: dict[str, Any], answer: dict[str, Any], subject: str
    ) -> tuple[str | None, bool]:
        """The address, where the ID token has none; of nobody else but its subject."""
        headers = {"authorization": f"Bearer {answer.get('access_token')}"}
        said = await _read(client, metadata["userinfo_endpoint"], headers)
        if said.get("sub") != subject or not isinstance(said.get("email"), str):
            return None, False
        return said["email"], said.get("email_verified") is True

    async def _described(self) -> dict[str, Any]:
        """The provider's metadata (OpenID Connect Discovery 1.0), read anew once an hour."""
        now = self._clock()
        if self._metadata is None or now - self._metadata_at > METADATA_S:
            async with _client() as client:
                place = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
                metadata = await _read(client, place, {})
            if metadata.get("issuer") != self.issuer:
                raise OidcError(f"{place} says that it is {metadata.get('issuer')!r:.100}")
            _expect_endpoints(metadata)
            self._metadata, self._metadata_at = metadata, now
        return self._metadata

    async def _known_keys(
        self, client: httpx.AsyncClient, metadata: dict[str, Any], anew: bool = False
    ) -> KeySet:
        if self._keys is None or anew:
            keys = (await _read(client, metadata["jwks_uri"], {})).get("keys")
            if not isinstance(keys, list):
                raise OidcError(f"{metadata['jwks_uri']} has no keys")
            self._keys = KeySet.import_key_set({"keys": [one for one in keys if _is_public(one)]})
        return self._keys


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(verify=tls(), timeout=TIMEOUT_S, follow_redirects=False, cookies=no_cookies())


async def _read(client: httpx.AsyncClient, address: str, headers: dict[str, str]) -> dict[str, Any]:
    """A JSON object. Raises OidcError."""
    try:
        response = await client.get(address, headers=headers)
        response.raise_for_status()
        value = response.json()
    except (httpx.HTTPError, ValueError) as error:
        raise OidcError(f"{address} cannot be read: {type(error).__name__}") from None
    if not isinstance(value, dict):
        raise OidcError(f"{address} has no JSON object")
    return value


def _expect_endpoints(metadata: dict[str, Any]) -> None:
    """Codes, secrets and keys go by TLS, or stay on this machine."""
    for name in _ENDPOINTS:
        address = metadata.get(name)
        if address is None and name == "userinfo_endpoint":
            continue
        parts = urlsplit(str(address))
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
            raise OidcError(f"the provider's {name} is no https address: {address!r:.200}")


def _is_public(key: Any) -> bool:
    """Whether it is a key for signatures that only the provider makes."""
    return isinstance(key, dict) and key.get("kty") in ("RSA", "EC", "OKP") and key.get("use", "sig") == "sig"


def _derived(token: str, purpose: str) -> str:
    return hmac.new(token.encode(), f"cxai oidc {purpose}".encode(), hashlib.sha256).hexdigest()


def _state(token: str, back: str) -> str:
    """Belongs to the browser that has the token, and says where it goes in the end."""
    encoded = base64.urlsafe_b64encode(back.encode()).decode()
    return f"{_derived(token, f'state {back}')}.{encoded}"

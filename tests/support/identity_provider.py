"""An OpenID Connect provider on a loopback socket, strict with its client, which lies where a test tells it to.

It insists on what a good provider does: a known redirect address, PKCE with S256, the client's secret, and each code
once.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from litestar import Litestar, Request, Response, get, post
from litestar.response import Redirect
from support.serving import served

CLIENT_ID, CLIENT_SECRET = "cxai", "a secret of the client's"


@dataclass
class IdentityProvider:
    """Whom it signs in (``claims``), and what it does wrong: everything is right by default."""

    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    url: str = ""
    key: RSAKey = field(default_factory=lambda: _new_key("first"))
    signs_with: RSAKey | OctKey | None = None
    algorithm: str = "RS256"
    jwks: dict[str, Any] | None = None
    beside_the_code: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def be_good(self) -> None:
        """Say nothing but the truth again."""
        self.claims, self.userinfo, self.beside_the_code, self.metadata = {}, {}, {}, {}
        self.signs_with, self.algorithm, self.jwks = None, "RS256", None

    def id_token(self, nonce: str | None) -> str:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "sub": "somebody",
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            **self.claims,
        }
        header = {"alg": self.algorithm, "kid": (self.signs_with or self.key).kid}
        if self.algorithm == "none":
            parts = [base64.urlsafe_b64encode(_json(one)).rstrip(b"=").decode() for one in (header, claims)]
            return ".".join([*parts, ""])
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(header, kept, self.signs_with or self.key, [self.algorithm])

    def app(self) -> Litestar:
        @get("/.well-known/openid-configuration")
        async def discovery() -> dict[str, Any]:
            paths = ("authorize", "token", "userinfo", "jwks")
            authorize, token, userinfo, jwks = (f"{self.url}/{path}" for path in paths)
            return {
                "issuer": self.url,
                "authorization_endpoint": authorize,
                "token_endpoint": token,
                "userinfo_endpoint": userinfo,
                "jwks_uri": jwks,
                **self.metadata,
            }

        @get("/jwks")
        async def jwks() -> dict[str, Any]:
            own = {"keys": [{**self.key.as_dict(private=False), "use": "sig"}]}
            return own if self.jwks is None else self.jwks

        @get("/authorize")
        async def authorize(request: Request[Any, Any, Any]) -> Response[Any]:
            asked = dict(request.query_params.items())
            self.asked.append(asked)
            assert asked["client_id"] == CLIENT_ID and asked["response_type"] == "code"
            assert asked["redirect_uri"].endswith("/console/sign-in/oidc/callback")
            assert asked["code_challenge_method"] == "S256" and "openid" in asked["scope"].split()
            code = secrets.token_urlsafe(16)
            self.codes[code] = asked
            answer = {"code": code, "state": asked["state"], **self.beside_the_code}
            return Redirect(f"{asked['redirect_uri']}?{urlencode(answer)}", status_code=302)

        @post("/token", status_code=200)
        async def token(request: Request[Any, Any, Any]) -> Response[Any]:
            form = dict((await request.form()).items())
            asked = self.codes.pop(str(form.get("code")), None)  # each code counts once
            sent = request.headers.get("authorization", "").removeprefix("Basic ")
            if base64.b64decode(sent).decode() != f"{CLIENT_ID}:{CLIENT_SECRET}":
                return Response({"error": "invalid_client"}, status_code=401)
            if asked is None or form.get("redirect_uri") != asked["redirect_uri"]:
                return Response({"error": "invalid_grant"}, status_code=400)
            if create_s256_code_challenge(str(form.get("code_verifier"))) != asked["code_challenge"]:
                return Response({"error": "invalid_grant"}, status_code=400)
            id_token = self.id_token(asked.get("nonce"))
            return Response({"access_token": "opaque", "token_type": "Bearer", "id_token": id_token})

        @get("/userinfo")
        async def userinfo() -> dict[str, Any]:
            return {"sub": self.claims.get("sub", "somebody"), **self.userinfo}

        return Litestar(
            [discovery, jwks, authorize, token, userinfo], openapi_config=None, logging_config=None
        )


@contextmanager
def identity_provider(**claims: Any) -> Iterator[IdentityProvider]:
    """One that runs and signs in whom the claims describe."""
    provider = IdentityProvider(claims=claims)
    with served(provider.app()) as provider.url:
        yield provider


def a_key_of_nobody() -> RSAKey:
    return _new_key("first")  # the same name, another key


def renewed(provider: IdentityProvider) -> None:
    """The provider signs with a new key from now on, and publishes that one alone."""
    provider.key = _new_key("second")


def _new_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, parameters={"kid": kid})


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()

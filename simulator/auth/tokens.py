"""Grants, authorization codes and tokens. Their lifetimes are in real time, not in simulated time."""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from hmac import compare_digest, new as hmac
import json
from secrets import token_urlsafe
from time import CLOCK_REALTIME, clock_gettime, time
from uuid import uuid4

from ..clock import real_seconds
from ..config import Client
from ..http.errors import OAuthError
from ..resources.links import Json
from ..world import Account
from .clients import Clients
from .scopes import DATA_SCOPES


@dataclass(slots=True, kw_only=True, eq=False)
class Grant:
    """A user's consent to an application; revoking it invalidates all its tokens."""

    client: Client
    account: Account
    scopes: tuple[str, ...]
    refresh_token: str = field(default_factory=lambda: token_urlsafe(32))

    @property
    def data_scopes(self) -> frozenset[str]:
        """The scopes that count when the API is called."""
        return frozenset(self.scopes) | (DATA_SCOPES.keys() if self.client.reads_everything else frozenset())


@dataclass(frozen=True, slots=True)
class Challenge:
    """A code challenge (RFC 7636): whoever redeems the code must know what it was made of."""

    text: str
    method: str

    def accepts(self, verifier: str) -> bool:
        """Return whether the challenge was made of a verifier."""
        expected = verifier.encode(errors="replace")
        if self.method == "S256":
            expected = urlsafe_b64encode(sha256(expected).digest()).rstrip(b"=")
        return compare_digest(self.text.encode(errors="replace"), expected)


CHALLENGE_METHODS = ("plain", "S256")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Code:
    client_id: str
    redirect_uri: str
    expires: float
    grant: Grant
    challenge: Challenge | None
    used: bool = False


class TokenStore:
    """Issues and checks codes and tokens; `expires_in` and `code_lifetime` are in real seconds and can be changed."""

    def __init__(self, expires_in: int, code_lifetime: int, now: Callable[[], float] = real_seconds) -> None:
        self.expires_in = expires_in
        self.code_lifetime = code_lifetime
        self._now = now
        self._codes: dict[str, _Code] = {}
        self._access: dict[str, tuple[Grant, float]] = {}
        self._refresh: dict[str, Grant] = {}

    def create_code(
        self,
        client: Client,
        account: Account,
        scopes: tuple[str, ...],
        redirect_uri: str,
        challenge: Challenge | None = None,
    ) -> str:
        """Create a code, which can be used once and only with this client, redirect URI and code challenge."""
        now = self._now()
        self._codes = {text: code for text, code in self._codes.items() if code.expires + 600 > now}
        text = str(uuid4())
        self._codes[text] = _Code(
            client_id=client.client_id,
            redirect_uri=redirect_uri,
            expires=now + self.code_lifetime,
            grant=Grant(client=client, account=account, scopes=scopes),
            challenge=challenge,
        )
        return text

    def redeem(self, text: str, client: Client, redirect_uri: str, verifier: str = "") -> Grant:
        """Return the grant of a code; using a code twice revokes the grant.

        Raises:
            OAuthError: invalid_grant, if the code is invalid or expired, or was used before, or if the code verifier
                does not fit the challenge that the code was asked for with.
        """
        code = self._codes.get(text)
        if code and code.used:
            self.revoke_grant(code.grant)
        is_usable = code and not code.used and code.expires > self._now()
        if not code or not is_usable or (code.client_id, code.redirect_uri) != (client.client_id, redirect_uri):
            raise OAuthError("invalid_grant", "The provided access grant is invalid, expired, or revoked.")
        if code.challenge and not code.challenge.accepts(verifier):
            raise OAuthError("invalid_grant", "The code verifier does not match the code challenge.")
        self._codes[text] = replace(code, used=True)
        return code.grant

    def issue(self, grant: Grant, expires_in: int | None = None) -> Json:
        """Return a new token set of a grant, and invalidate its previous refresh token."""
        now = self._now()
        lifetime = self.expires_in if expires_in is None else expires_in
        self._access = {text: entry for text, entry in self._access.items() if entry[1] > now}
        self._refresh.pop(grant.refresh_token, None)
        grant.refresh_token = token_urlsafe(32)
        self._refresh[grant.refresh_token] = grant
        access_token = token_urlsafe(32)
        self._access[access_token] = (grant, now + lifetime)
        return {
            "access_token": access_token,
            "refresh_token": grant.refresh_token,
            "id_token": _id_token(grant, lifetime),
            "expires_in": lifetime,
            "scope": " ".join(grant.scopes),
            "token_type": "Bearer",
        }

    def refresh(self, text: str, client: Client, realm: str | None) -> Grant:
        """Return the grant of a refresh token; without a realm, any realm will do.

        Raises:
            OAuthError: invalid_grant, if it is invalid, or belongs to another client or realm.
        """
        grant = self._refresh.get(text)
        if (
            not grant
            or grant.client.client_id != client.client_id
            or realm not in {None, "", grant.account.brand.realm}
        ):
            raise OAuthError("invalid_grant", "grant is invalid")
        return grant

    def check(self, access_token: str) -> Grant | None:
        """Return the grant of an access token, or None if it is invalid or expired."""
        grant, expires = self._access.get(access_token, (None, 0.0))
        return grant if expires > self._now() else None

    def revoke(self, text: str, client: Client) -> None:
        """Revoke the grant of a refresh or access token; an unknown token is ignored."""
        grant = self._refresh.get(text) or self._access.get(text, (None, 0.0))[0]
        if grant and grant.client.client_id == client.client_id:
            self.revoke_grant(grant)

    def revoke_grant(self, grant: Grant) -> None:
        """Revoke a grant with all its tokens."""
        self._refresh = {text: other for text, other in self._refresh.items() if other is not grant}
        self._access = {text: entry for text, entry in self._access.items() if entry[0] is not grant}

    def revoke_account(self, account: Account) -> int:
        """Revoke all grants of an account and return their number."""
        grants = {grant for grant in self._refresh.values() if grant.account is account}
        for grant in grants:
            self.revoke_grant(grant)
        return len(grants)

    def dump(self) -> list[Json]:
        """Return the grants and their tokens as JSON; expiration times are in wall-clock time."""
        wall_offset = clock_gettime(CLOCK_REALTIME) - self._now()
        access: dict[Grant, dict[str, int]] = {grant: {} for grant in self._refresh.values()}
        for text, (grant, expires) in self._access.items():
            access.setdefault(grant, {})[text] = round(expires + wall_offset)
        return [
            {
                "client_id": grant.client.client_id,
                "account": grant.account.brand.key,
                "scopes": list(grant.scopes),
                "refresh_token": grant.refresh_token,
                "access": tokens,
            }
            for grant, tokens in access.items()
        ]

    def restore(self, entries: Sequence[Json], clients: Clients, accounts: Mapping[str, Account]) -> None:
        """Restore grants from `dump`, except those whose application or account no longer exists."""
        wall_offset = clock_gettime(CLOCK_REALTIME) - self._now()
        for entry in entries:
            client, account = clients.get(entry["client_id"]), accounts.get(entry["account"])
            if not client or not account:
                continue
            grant = Grant(
                client=client, account=account, scopes=tuple(entry["scopes"]), refresh_token=entry["refresh_token"]
            )
            self._refresh[grant.refresh_token] = grant
            for text, expires in entry["access"].items():
                self._access[text] = (grant, expires - wall_offset)

    def expire(self, client: Client | None = None) -> None:
        """Expire all access tokens, or those of an application; refresh tokens stay valid."""
        kept = {} if client is None else self._access
        self._access = {text: entry for text, entry in kept.items() if entry[0].client != client}


def _id_token(grant: Grant, lifetime: int) -> str:
    now = time()
    claims = {
        "iss": "simulator",
        "sub": grant.account.id,
        "aud": grant.client.client_id,
        "realm": grant.account.brand.realm,
        "iat": int(now),
        "exp": int(now) + lifetime,
    }
    head = f"{_base64({'alg': 'HS256', 'typ': 'JWT'})}.{_base64(claims)}"
    signature = hmac(grant.client.secret.encode(), head.encode(), sha256).digest()
    return f"{head}.{urlsafe_b64encode(signature).decode().rstrip('=')}"


def _base64(part: Json) -> str:
    return urlsafe_b64encode(json.dumps(part, separators=(",", ":")).encode()).decode().rstrip("=")

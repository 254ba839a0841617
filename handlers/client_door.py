"""The door for machine clients: their tokens, scopes and quotas."""

from handlers.base import BaseHandler
from handlers.messages import MESSAGES
from handlers.messages.clients import FOR_PROGRAMS
from services.clients.errors import QuotaExhausted, ScopeInsufficient
from services.clients.model import Client, ClientScope, QuotaStanding
from services.common.errors import DomainError
from services.identity.errors import TokenMissing

MESSAGES_FOR_PROGRAMS = {**MESSAGES, **FOR_PROGRAMS}


class ClientDoor(BaseHandler):
    """Lets machine clients in; `client` is set for their operations only."""

    client: Client
    quota: QuotaStanding | None = None

    def bearer_token(self) -> str:
        """Return the bearer token (RFC 6750), empty when there is none."""
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        return token.strip() if scheme.casefold() == "bearer" else ""

    async def let_client_in(self, scope: ClientScope) -> None:
        """Pass when the client may do what `scope` stands for, and counts this request.

        With the counter away it passes uncounted, as people do.
        """
        self.messages = MESSAGES_FOR_PROGRAMS
        token = self.bearer_token()
        if not token:
            raise TokenMissing
        clients = self.services.clients
        self.client = await clients.authorising.authorise(token, scope)
        self.quota = await clients.quotas.claim(self.client)
        if self.quota is not None and self.quota.wait_s is not None:
            raise QuotaExhausted(retry_after_s=self.quota.wait_s)
        self.tell_quota()

    def tell_quota(self) -> None:
        """Tell the client how it stands, by the day's quota (draft-ietf-httpapi-ratelimit-headers-03)."""
        if self.quota is not None:
            most = self.client.requests_per_day
            self.set_header("RateLimit-Limit", str(most))
            self.set_header("RateLimit-Remaining", str(max(0, most - self.quota.used)))
            self.set_header("RateLimit-Reset", str(self.quota.resets_in_s))

    def tell_refusal(self, refusal: DomainError) -> None:
        """Add what a client needs to know: its quota, and which scope it lacks (RFC 6750, section 3)."""
        self.tell_quota()
        if isinstance(refusal, ScopeInsufficient):
            challenge = f'Bearer error="insufficient_scope", scope="{refusal.scope}"'
            self.set_header("WWW-Authenticate", challenge)
        super().tell_refusal(refusal)

"""Tokens for machine clients: RFC 6749's client credentials grant, in the form that every OAuth library knows."""

import base64
import binascii
from collections.abc import Mapping
from urllib.parse import unquote_plus

from handlers.base import BaseHandler
from handlers.context import Limit
from handlers.forms import URL_ENCODED, read_parameters_once
from handlers.operation import ApiHandler, Operation, operation
from handlers.problems import FieldsInvalid, HeaderInvalid, MediaTypeUnsupported, RequestMalformed
from handlers.schemas.clients import TokenReplySchema, TokenRequestSchema
from handlers.wire import write_json
from services.clients.errors import TOKEN_REFUSALS, ClientRefused, GrantUnsupported, RequestInvalid
from services.clients.model import ClientScope, Credentials
from services.common.errors import DomainError

TAG = "Machine clients"
GRANT = "client_credentials"
LARGEST_REQUEST = 8 * 1024
NOT_USABLE = (FieldsInvalid, HeaderInvalid, MediaTypeUnsupported, RequestMalformed)
CHALLENGE = 'Basic realm="chengma"'


class TokenHandler(ApiHandler):
    """`/oauth/token`."""

    max_body_bytes = LARGEST_REQUEST
    media_types = frozenset({URL_ENCODED})

    @operation(
        Operation(
            summary="Get a token for a machine client",
            description="The client credentials grant of RFC 6749, section 4.4: a form with `grant_type`. The client "
            "names itself by HTTP Basic, or by `client_id` and `client_secret` in the form, and not by both. The "
            "token is good for 15 minutes, for `scope` or all that the client may. Refusals with 400 and 401 have the "
            "form of RFC 6749, section 5.2; others are problems, as everywhere.",
            tag=TAG,
            file=URL_ENCODED,
            body=TokenRequestSchema,
            reply=TokenReplySchema,
            token_endpoint=True,
            refusals=TOKEN_REFUSALS,
        )
    )
    async def post(self, body: bytes) -> Mapping[str, object]:
        """Grant a token."""
        await self.limit(Limit.LOG_IN_ADDRESS, self.address, closed=False)
        given = self._read(body)
        authorising = self.services.clients.authorising
        client = await authorising.prove(self._credentials(given))
        # Only whoever has the secret is counted as the client: others could else keep it from its tokens.
        await self.limit(Limit.LOG_IN_ACCOUNT, client.id, closed=False)
        granted = authorising.grant(client, given.get("scope"))
        self.set_header("Pragma", "no-cache")
        return {
            "access_token": granted.access_token,
            "token_type": "Bearer",
            "expires_in": granted.expires_in,
            "scope": " ".join(granted.scopes),
        }

    def _read(self, body: bytes) -> Mapping[str, str]:
        """Return the parameters that have a value; others, and unknown ones, do not matter (RFC 6749, section 3.2)."""
        given = {name: value for name, value in read_parameters_once(body).items() if value}
        if "grant_type" not in given:
            raise RequestInvalid
        if given["grant_type"] != GRANT:
            raise GrantUnsupported
        return given

    def _credentials(self, given: Mapping[str, str]) -> Credentials:
        """Return how the client names itself, once (RFC 6749, section 2.3)."""
        headers = self.request.headers.get_list("Authorization")
        if not headers:
            if "client_id" not in given or "client_secret" not in given:
                raise ClientRefused
            return Credentials(client_id=given["client_id"], secret=given["client_secret"])
        if len(headers) > 1 or "client_secret" in given:
            raise RequestInvalid
        shown = _basic(headers[0])
        if given.get("client_id", shown.client_id) != shown.client_id:
            raise RequestInvalid
        return shown

    def refuse(self, refusal: DomainError) -> None:
        """Answer with what the protocol calls the refusal."""
        super().refuse(RequestInvalid() if isinstance(refusal, NOT_USABLE) else refusal)

    def tell_refusal(self, refusal: DomainError) -> None:
        """Answer in the form of RFC 6749, section 5.2, which knows English only, and no quotation marks."""
        if not isinstance(refusal, TOKEN_REFUSALS):
            super().tell_refusal(refusal)
            return
        if isinstance(refusal, ClientRefused):
            self.set_header("WWW-Authenticate", CHALLENGE)
        self.set_header("Content-Language", "en")
        self.set_header("Content-Type", "application/json")
        self.set_header("Pragma", "no-cache")
        self.finish(write_json({"error": refusal.code, "error_description": refusal.title}))


def _basic(header: str) -> Credentials:
    """Return the credentials of HTTP Basic, both parts form-encoded within it; raises ClientRefused."""
    scheme, _, encoded = header.partition(" ")
    try:
        if scheme.casefold() != "basic":
            raise ClientRefused
        client_id, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
        if not colon:
            raise ClientRefused
        return Credentials(
            client_id=unquote_plus(client_id, errors="strict"), secret=unquote_plus(secret, errors="strict")
        )
    except (binascii.Error, ValueError):
        raise ClientRefused from None


class OAuthMetadataHandler(BaseHandler):
    """`/.well-known/oauth-authorization-server` (RFC 8414)."""

    def get(self) -> None:
        """Return the metadata."""
        issuer = self.services.clients.issuer
        self.set_header("Cache-Control", "public, max-age=300")
        self.reply(
            {
                "issuer": issuer,
                "token_endpoint": f"{issuer}/api/v1/oauth/token",
                "jwks_uri": f"{issuer}/.well-known/jwks.json",
                "scopes_supported": [scope.value for scope in ClientScope],
                "response_types_supported": [],
                "grant_types_supported": [GRANT],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "service_documentation": f"{issuer}/docs",
            }
        )

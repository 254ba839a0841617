"""Why a client is not made, gets no token, or may not do a thing."""

from collections.abc import Mapping

from services.common.errors import (
    Conflict,
    FieldError,
    Forbidden,
    Invalid,
    Malformed,
    NotFound,
    TooMany,
    Unauthenticated,
)


class ClientUnknown(NotFound):
    """There is no such client, or not in the actor's city."""

    code = "client_not_found"
    title = "No such client"


class ClientMadeBefore(Conflict):
    """A repeated request made this client before; its secret cannot be shown again."""

    code = "client_made_before"
    title = "This request has made its client already"

    def __init__(self, client_id: str = "") -> None:
        super().__init__()
        self._client_id = client_id

    @property
    def extra(self) -> Mapping[str, str | int]:
        """Tell which client it was."""
        return {"client_id": self._client_id}


class ClientChanged(Conflict):
    """Somebody else changed the client in the same moment."""

    code = "client_changed"
    title = "The client was changed meanwhile"


class ClientSuspended(Conflict):
    """A suspended client gets no new secret before it is resumed."""

    code = "client_suspended"
    title = "The client is suspended"


class TooManyClients(Conflict):
    """The city has as many clients as can be looked after."""

    code = "too_many_clients"
    title = "There are too many clients"


class DistrictsElsewhere(Invalid):
    """Some districts are not in the actor's city."""

    code = "client_districts_elsewhere"
    title = "Some districts are not in your city"

    def __init__(self, places: tuple[int, ...] = ()) -> None:
        detail = "this is not a district of your city"
        super().__init__(
            errors=tuple(
                FieldError(path=f"districts[{place}]", code="district_unknown", detail=detail) for place in places
            )
        )


class TokenRevoked(Unauthenticated):
    """The client of this token was suspended or deleted, or its secrets were replaced at once."""

    code = "token_revoked"
    title = "This token was revoked"


class ScopeInsufficient(Forbidden):
    """The token lacks the scope that is needed here (RFC 6750, section 3.1)."""

    code = "insufficient_scope"
    title = "The token does not allow this"

    def __init__(self, scope: str = "") -> None:
        super().__init__()
        self.scope = scope


class QuotaExhausted(TooMany):
    """The client has made all requests that it may make for now."""

    code = "quota_exhausted"
    title = "The client's quota is exhausted"


class RequestInvalid(Malformed):
    """A parameter is missing, repeated or unusable, or the client names itself in two ways."""

    code = "invalid_request"
    title = "The token request is not usable"


class GrantUnsupported(Malformed):
    """Only `client_credentials` is granted."""

    code = "unsupported_grant_type"
    title = "This grant type is not supported"


class ScopeInvalid(Malformed):
    """The scope is unknown, malformed, or more than the client may have."""

    code = "invalid_scope"
    title = "The client does not have this scope"


class ClientUnauthorised(Malformed):
    """The client has proved who it is, and is suspended."""

    code = "unauthorized_client"
    title = "This client is suspended"


class ClientRefused(Unauthenticated):
    """Unknown client or wrong secret; which of them is not said."""

    code = "invalid_client"
    title = "Client id or secret is wrong"


# What RFC 6749, section 5.2, gives its own form and these very codes.
TOKEN_REFUSALS = (RequestInvalid, GrantUnsupported, ScopeInvalid, ClientUnauthorised, ClientRefused)

"""Why somebody is not let in, or may not do a thing."""

from services.common.errors import Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthenticated


class TokenMissing(Unauthenticated):
    """The request carries no access token."""

    code = "token_missing"
    title = "Log in first"


class TokenInvalid(Unauthenticated):
    """The token was not issued here, or was changed."""

    code = "token_invalid"
    title = "This token is not valid"


class TokenExpired(Unauthenticated):
    """The token was valid once; refresh it."""

    code = "token_expired"
    title = "This token has expired"


class SessionEnded(Unauthenticated):
    """Logged out, or ended because a used refresh token came back."""

    code = "session_ended"
    title = "This session has ended"


class CredentialsRefused(Unauthenticated):
    """Unknown user name or wrong password; which of them is not said."""

    code = "credentials_refused"
    title = "User name or password is wrong"


class OtpRequired(Unauthenticated):
    """The account has a second factor and no code came with the password."""

    code = "otp_required"
    title = "A six-digit code is needed"


class OtpRefused(Unauthenticated):
    """The six-digit code is wrong, old, or was used already."""

    code = "otp_refused"
    title = "The six-digit code is wrong or was used"


class LockedOut(TooMany):
    """Too many failed log-ins for this user name."""

    code = "locked_out"
    title = "Too many failed attempts"


class RoleForbidden(Forbidden):
    """The actor's role may not do this."""

    code = "role_forbidden"
    title = "Your role may not do this"


class SecondFactorPresent(Conflict):
    """There is a confirmed second factor already."""

    code = "second_factor_present"
    title = "A second factor is set up already"


class SecondFactorAbsent(Conflict):
    """There is no second factor to confirm or remove."""

    code = "second_factor_absent"
    title = "No second factor is set up"


class SecondFactorChanged(Conflict):
    """Another request changed the second factor in the same moment."""

    code = "second_factor_changed"
    title = "The second factor was changed meanwhile"


class AccountUnknown(NotFound):
    """The account behind the session is gone."""

    code = "account_not_found"
    title = "No such account"


class AccountInvalid(Invalid):
    """An operator gave an unusable user name, password or role."""

    code = "account_invalid"
    title = "This account cannot be made"

"""Logging in and out, and oneself."""

from http import HTTPStatus
from typing import Any

from handlers.context import Limit
from handlers.operation import EVERY_ROLE, ApiHandler, Operation, operation
from handlers.schemas.identity import (
    MeSchema,
    OtpSchema,
    RefreshSchema,
    SecondFactorSchema,
    StaffLogInSchema,
    TokensSchema,
    WeChatLogInSchema,
)
from services.common.errors import TooBusy
from services.identity import errors, wechat_errors
from services.identity.model import Actor, Role, Tokens

TAG = "Identity"
STAFF = EVERY_ROLE - {Role.CITIZEN}
WECHAT_REFUSALS = (
    wechat_errors.WeChatCodeRefused,
    wechat_errors.WeChatUserBlocked,
    wechat_errors.WeChatBusy,
    wechat_errors.WeChatQuotaExhausted,
    wechat_errors.WeChatUnavailable,
    wechat_errors.WeChatMisconfigured,
)


class WeChatLogInHandler(ApiHandler):
    """`/auth/wechat`."""

    @operation(
        Operation(
            summary="Log in as a citizen",
            description="Exchanges the code of `wx.login` for a session. Each code works once.",
            tag=TAG,
            body=WeChatLogInSchema,
            reply=TokensSchema,
            log_in=True,
            refusals=WECHAT_REFUSALS,
        )
    )
    async def post(self, content: dict[str, Any]) -> Tokens:
        """Exchange a WeChat code."""
        await self.limit(Limit.WECHAT_LOG_IN_ADDRESS, self.address, closed=True)
        return await self.services.citizen_login.log_in(content["code"])


class StaffLogInHandler(ApiHandler):
    """`/auth/staff`."""

    @operation(
        Operation(
            summary="Log in as staff",
            description="By user name and password, and `otp` where a second factor is set up.",
            tag=TAG,
            body=StaffLogInSchema,
            reply=TokensSchema,
            log_in=True,
            refusals=(errors.CredentialsRefused, errors.OtpRequired, errors.OtpRefused, errors.LockedOut, TooBusy),
        )
    )
    async def post(self, content: dict[str, Any]) -> Tokens:
        """Check credentials."""
        await self.limit(Limit.LOG_IN_ADDRESS, self.address, closed=True)
        await self.limit(Limit.LOG_IN_ACCOUNT, content["username"], closed=True)
        return await self.services.staff_login.log_in(content["username"], content["password"], content["otp"])


class RefreshHandler(ApiHandler):
    """`/auth/refresh`."""

    @operation(
        Operation(
            summary="Renew a session",
            description="Each refresh token works once; a used one ends the whole session.",
            tag=TAG,
            body=RefreshSchema,
            reply=TokensSchema,
            refusals=(errors.TokenInvalid, errors.SessionEnded),
        )
    )
    async def post(self, content: dict[str, Any]) -> Tokens:
        """Exchange a refresh token."""
        return await self.services.sessions.renew(content["refresh_token"])


class LogOutHandler(ApiHandler):
    """`/auth/logout`."""

    @operation(
        Operation(
            summary="Log out",
            description="Ends the session: from now on its tokens are refused everywhere.",
            tag=TAG,
            roles=EVERY_ROLE,
            status=HTTPStatus.NO_CONTENT,
        )
    )
    async def post(self) -> None:
        """End the session."""
        await self.services.sessions.end(self.actor)


class MeHandler(ApiHandler):
    """`/me`."""

    @operation(Operation(summary="Who am I", tag=TAG, roles=EVERY_ROLE, reply=MeSchema, devices=True))
    async def get(self) -> Actor:
        """Return the actor."""
        return self.actor


class SecondFactorHandler(ApiHandler):
    """`/me/second-factor`."""

    @operation(
        Operation(
            summary="Propose a second factor",
            description="Returns an `otpauth` URI for an authenticator app; confirm it with a code to switch it on.",
            tag=TAG,
            roles=STAFF,
            reply=SecondFactorSchema,
            status=HTTPStatus.CREATED,
            refusals=(errors.SecondFactorPresent, errors.SecondFactorChanged, errors.AccountUnknown),
        )
    )
    async def post(self) -> dict[str, str]:
        """Make a secret."""
        return {"otpauth_uri": await self.services.second_factors.propose(self.actor)}


class SecondFactorConfirmHandler(ApiHandler):
    """`/me/second-factor/confirm`."""

    @operation(
        Operation(
            summary="Switch the second factor on",
            tag=TAG,
            roles=STAFF,
            body=OtpSchema,
            status=HTTPStatus.NO_CONTENT,
            log_in=True,
            refusals=(
                errors.OtpRefused,
                errors.SecondFactorPresent,
                errors.SecondFactorAbsent,
                errors.SecondFactorChanged,
                errors.AccountUnknown,
            ),
        )
    )
    async def post(self, content: dict[str, Any]) -> None:
        """Check a code made with the proposed secret."""
        await self.limit(Limit.LOG_IN_ACCOUNT, self.actor.id, closed=True)
        await self.services.second_factors.confirm(self.actor, content["otp"])


class SecondFactorRemoveHandler(ApiHandler):
    """`/me/second-factor/remove`."""

    @operation(
        Operation(
            summary="Remove the second factor",
            tag=TAG,
            roles=STAFF,
            body=OtpSchema,
            status=HTTPStatus.NO_CONTENT,
            log_in=True,
            refusals=(errors.OtpRefused, errors.SecondFactorAbsent, errors.SecondFactorChanged, errors.AccountUnknown),
        )
    )
    async def post(self, content: dict[str, Any]) -> None:
        """Check a current code, then remove."""
        await self.limit(Limit.LOG_IN_ACCOUNT, self.actor.id, closed=True)
        await self.services.second_factors.remove(self.actor, content["otp"])

"""Log-in, tokens, and oneself."""

from marshmallow import fields

from handlers.schemas.common import shown_id
from handlers.schemas.fields import Extract, Items, OneOf, Part, Text, WireSchema
from services.identity.model import Role, ScopeLevel

OTP_PATTERN = r"[0-9]{6}"


class WeChatLogInSchema(WireSchema):
    """What `wx.login` gave the phone."""

    code = Text(required=True, longest=128, metadata={"examples": ["sandbox-alice"]})


class StaffLogInSchema(WireSchema):
    """User name and password; the six digits where a second factor is set up."""

    username = Text(required=True, longest=64, metadata={"examples": ["gate"]})
    password = Text(required=True, longest=256, metadata={"examples": ["chengma-demo"]})
    otp = Text(longest=6, shortest=6, pattern=OTP_PATTERN, load_default=None, metadata={"examples": ["123456"]})


class RefreshSchema(WireSchema):
    """The refresh token of the last answer; it works once."""

    refresh_token = Text(
        required=True, longest=256, metadata={"examples": ["ses_01JD0000000000000000000000.1.c2FtcGxl"]}
    )


class OtpSchema(WireSchema):
    """Six digits from the authenticator."""

    otp = Text(required=True, longest=6, shortest=6, pattern=OTP_PATTERN, metadata={"examples": ["123456"]})


class ActorSchema(WireSchema):
    """Who logged in."""

    id = fields.String(required=True, attribute="actor_id", metadata={"examples": ["cit_01JD0000000000000000000000"]})
    role = OneOf(Role, required=True)


class TokensSchema(WireSchema):
    """What a client keeps after logging in."""

    access_token = fields.String(required=True)
    refresh_token = fields.String(required=True)
    token_type = fields.Constant("Bearer", required=True)
    expires_in = fields.Integer(
        required=True, metadata={"description": "Life of the access token in seconds.", "examples": [900]}
    )
    actor = Extract(ActorSchema, required=True)


class ScopeSchema(WireSchema):
    """A part of the city."""

    level = OneOf(ScopeLevel, required=True)
    id = fields.String(required=True, metadata={"examples": ["310101"]})


class MeSchema(WireSchema):
    """Oneself."""

    id = shown_id("cit")
    role = OneOf(Role, required=True)
    scopes = Items(Part(ScopeSchema), most=1000, required=True)


class SecondFactorSchema(WireSchema):
    """A proposed second factor."""

    otpauth_uri = fields.String(required=True, metadata={"description": "Show it as a QR code to an authenticator."})

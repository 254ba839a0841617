"""Refusals on the wire: RFC 9457 problem details, in the reader's language."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from handlers.messages import FIELD_BOUNDS, FIELD_MESSAGES, MESSAGES, Message
from services.common import errors
from services.common.errors import DomainError, FieldError

CONTENT_TYPE = "application/problem+json"

STATUS_OF_FAMILY: Mapping[type[DomainError], HTTPStatus] = {
    errors.Malformed: HTTPStatus.BAD_REQUEST,
    errors.Unauthenticated: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}


class BodyUnreadable(errors.Malformed):
    """The body is not JSON."""

    code = "body_not_json"
    title = "The body is not valid JSON"


class RequestMalformed(errors.Malformed):
    """The request line, its path or its parameters cannot be read."""

    code = "request_malformed"
    title = "The request cannot be read"


class HeaderInvalid(errors.Malformed):
    """A header has a value that it may not have."""

    code = "header_invalid"
    title = "A header has an unusable value"


class FieldsInvalid(errors.Invalid):
    """One or more fields break their rules; `errors` names each."""

    code = "fields_invalid"
    title = "Some fields are not right"


class RateLimited(errors.TooMany):
    """Too many requests from one address or by one account."""

    code = "rate_limited"
    title = "Too many requests"


class LogInUnavailable(errors.Unavailable):
    """Attempts cannot be counted now, so none are allowed."""

    code = "log_in_unavailable"
    title = "Logging in is not possible at the moment"


class RouteUnknown(errors.NotFound):
    """Nothing answers at this path."""

    code = "route_not_found"
    title = "Nothing is here"


class FormFromElsewhere(errors.Forbidden):
    """A form of one of our pages that another site has sent."""

    code = "form_from_elsewhere"
    title = "This form was sent by another site"


class _WireRefusal(DomainError):
    """Refusals of HTTP itself, which no domain can have."""


class MethodNotAllowed(_WireRefusal):
    """The path exists, the method does not."""

    code = "method_not_allowed"
    title = "This method is not allowed here"


class BodyTooLarge(_WireRefusal):
    """The body is longer than any real one."""

    code = "body_too_large"
    title = "The body is too large"


class MediaTypeUnsupported(_WireRefusal):
    """The body is not declared as what is taken here: JSON for most operations."""

    code = "media_type_unsupported"
    title = "This Content-Type is not taken here"


class InternalFault(_WireRefusal):
    """A defect of ours; the request id finds it in the logs."""

    code = "internal_fault"
    title = "Something went wrong on our side"


STATUS_OF_WIRE: Mapping[type[DomainError], HTTPStatus] = {
    MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    MediaTypeUnsupported: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    InternalFault: HTTPStatus.INTERNAL_SERVER_ERROR,
}


def status_of(refusal: type[DomainError]) -> HTTPStatus:
    """Return the HTTP status of a refusal, by its family."""
    for family, status in (*STATUS_OF_WIRE.items(), *STATUS_OF_FAMILY.items()):
        if issubclass(refusal, family):
            return status
    return HTTPStatus.INTERNAL_SERVER_ERROR


def problem_of(
    refusal: DomainError, *, language: str, request_id: str, messages: Mapping[str, Message] = MESSAGES
) -> dict[str, Any]:
    """Return the problem details of a refusal in `language` (`zh` or `en`), in the words of `messages`."""
    message = messages[refusal.code]
    body: dict[str, Any] = {
        "type": f"urn:chengma:problem:{refusal.code}",
        "title": message.title[language],
        "status": int(status_of(type(refusal))),
        "code": refusal.code,
        "detail": message.advice[language],
        "request_id": request_id,
        **refusal.extra,
    }
    if refusal.errors:
        body["errors"] = [field_problem(error, language) for error in refusal.errors]
    return body


def field_problem(error: FieldError, language: str) -> dict[str, str]:
    """Return what is wrong with one field, in `language`."""
    detail = error.detail if language == "en" else _chinese_detail(error)
    return {"path": error.path, "code": error.code, "detail": detail}


def _chinese_detail(error: FieldError) -> str:
    if error.values and error.code in FIELD_BOUNDS:
        return FIELD_BOUNDS[error.code].format(*error.values)
    if error.code in FIELD_MESSAGES:
        return FIELD_MESSAGES[error.code]
    return MESSAGES[error.code].title["zh"]

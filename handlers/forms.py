"""Forms that browsers send without a script (RFC 7578, and the URL-encoded kind of the HTML standard)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from tornado.httputil import HTTPFile, HTTPInputError, parse_multipart_form_data

from handlers.problems import MediaTypeUnsupported, RequestMalformed

MULTIPART = "multipart/form-data"
URL_ENCODED = "application/x-www-form-urlencoded"
MOST_FIELDS = 20


@dataclass(frozen=True, kw_only=True)
class Form:
    """What somebody filled in: the last value of each field, and the files that were chosen."""

    fields: Mapping[str, str]
    files: Sequence[bytes]


def read_form(content_type: str, body: bytes) -> Form:
    """Return what a form says; raises MediaTypeUnsupported or RequestMalformed."""
    media_type, _, parameters = content_type.partition(";")
    kind = media_type.strip().casefold()
    try:
        if kind == URL_ENCODED:
            return Form(fields=_url_encoded(body.decode("ascii")), files=())
        if kind == MULTIPART:
            return _multipart(_boundary(parameters), body)
    except (ValueError, HTTPInputError):
        raise RequestMalformed from None
    raise MediaTypeUnsupported


def read_parameters_once(body: bytes) -> Mapping[str, str]:
    """Return the fields of a URL-encoded form in which none may come twice; raises RequestMalformed."""
    try:
        pairs = _pairs(body.decode("ascii"))
    except ValueError:
        raise RequestMalformed from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise RequestMalformed
    return fields


def _url_encoded(text: str) -> Mapping[str, str]:
    return dict(_pairs(text))


def _pairs(text: str) -> Sequence[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=MOST_FIELDS)


def _boundary(parameters: str) -> bytes:
    for parameter in parameters.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name.casefold() == "boundary" and value:
            return value.encode("ascii")
    raise RequestMalformed


def _multipart(boundary: bytes, body: bytes) -> Form:
    fields: dict[str, list[bytes]] = {}
    files: dict[str, list[HTTPFile]] = {}
    parse_multipart_form_data(boundary, body, fields, files)
    # A browser sends an empty file where none was chosen.
    chosen = [one.body for some in files.values() for one in some if one.body]
    return Form(fields={name: values[-1].decode("utf-8") for name, values in fields.items()}, files=chosen)

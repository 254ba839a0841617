"""Ports that nobody else can take while we need them."""

import errno
import socket
from contextlib import suppress
from typing import Any

from server.supervisor.errors import StartRefused

LOOPBACK = "127.0.0.1"
WILDCARDS = {"": LOOPBACK, "0.0.0.0": LOOPBACK, "::": "::1"}  # noqa: S104 -- recognised here, not bound

_WHY = {
    errno.EADDRINUSE: "port {port} on {host} is in use by another program: stop it, or choose another port with --port",
    errno.EACCES: "port {port} is reserved for the system administrator: choose one above 1023 with --port",
    errno.EADDRNOTAVAIL: "this machine has no address {host}: set server.host to one of its own, or to 127.0.0.1",
}


def reserve_local_port() -> socket.socket:
    """Return a socket that keeps a free loopback port for a child, restarts of the child included.

    It is bound but does not listen: the kernel gives its port to nobody, and lets a child bind it that sets
    SO_REUSEADDR, as servers do.
    """
    reservation = socket.socket()
    reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reservation.bind((LOOPBACK, 0))
    return reservation


def claim_public_port(host: str, port: int) -> list[socket.socket]:
    """Make sure that nobody listens on `host`:`port`, and keep it; raises StartRefused otherwise.

    The sockets returned are bound and do not listen. Workers, which set SO_REUSEPORT, can share the port with them;
    a second supervisor's check, which does not, cannot.
    """
    claims: list[socket.socket] = []
    refusal: OSError | None = None
    for family, address in _resolve(host, port):
        try:
            claims.append(_claim(family, address))
        except OSError as error:
            # A name such as localhost may resolve to IPv6 on a machine that has none.
            if error.errno != errno.EADDRNOTAVAIL:
                raise _refused(host, port, error) from error
            refusal = error
    if not claims and refusal is not None:
        raise _refused(host, port, refusal) from refusal
    return claims


def reachable_host(host: str) -> str:
    """Return an address at which this machine reaches a server that listens on `host`."""
    return WILDCARDS.get(host, host)


def _resolve(host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[Any, ...]]]:
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise StartRefused(f"cannot listen on {host!r}: this machine does not know that name or address") from error
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))


def _claim(family: socket.AddressFamily, address: tuple[Any, ...]) -> socket.socket:
    _bind(family, address, socket.SO_REUSEADDR).close()
    # Without SO_REUSEADDR the claim itself fails the next supervisor's check. Only connections that another
    # program has just closed can stand in its way; those are no reason to refuse.
    with suppress(OSError):
        return _bind(family, address, socket.SO_REUSEPORT)
    return _bind(family, address, socket.SO_REUSEADDR, socket.SO_REUSEPORT)


def _bind(family: socket.AddressFamily, address: tuple[Any, ...], *options: int) -> socket.socket:
    bound = socket.socket(family)
    try:
        for option in options:
            bound.setsockopt(socket.SOL_SOCKET, option, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return bound


def _refused(host: str, port: int, error: OSError) -> StartRefused:
    template = _WHY.get(error.errno or 0, "cannot listen on {host}, port {port}: {reason}")
    return StartRefused(template.format(host=host or "all addresses", port=port, reason=error.strerror))

"""Which addresses requests may go to: a receiver's address is anybody's guess, and must not lead inside our network."""

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from services.webhooks.errors import WebhookUrlRefused

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# The IANA registry of special-purpose IPv4 addresses (RFC 6890 and its successors), multicast and class E, and the
# one public address behind which a cloud keeps its metadata (Azure).
SPECIAL_IPV4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"),
        "168.63.129.16/32",
    )
)
# Of IPv6 only global unicast, and there nothing that is special or carries an IPv4 address (6to4, Teredo).
GLOBAL_IPV6 = ipaddress.IPv6Network("2000::/3")
SPECIAL_IPV6 = tuple(
    ipaddress.IPv6Network(text)
    for text in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)
THIS_MACHINE: tuple[Network, ...] = (ipaddress.IPv4Network("127.0.0.0/8"), ipaddress.IPv6Network("::1/128"))


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Where requests may go beside the public internet: to `networks`, and without TLS to those of `plain` only."""

    networks: tuple[Network, ...] = ()
    plain: tuple[Network, ...] = ()

    def permits(self, scheme: str, address: str) -> bool:
        """Tell whether a request by `scheme` may go to an address, given as text."""
        found = ipaddress.ip_address(address.partition("%")[0])
        if scheme != "https":
            return _within(found, self.plain)
        return is_public(found) or _within(found, (*self.networks, *self.plain))


def is_public(address: Address) -> bool:
    """Tell whether an address is one of the public internet."""
    if isinstance(address, ipaddress.IPv4Address):
        return not _within(address, SPECIAL_IPV4)
    return address in GLOBAL_IPV6 and not _within(address, SPECIAL_IPV6)


def ensure_url(url: str, reach: Reach) -> None:
    """Raise WebhookUrlRefused unless something can be sent to `url`, as far as it tells by itself.

    What its name stands for is looked at with each request; here only an address written as a number is judged.
    """
    parts = _parts(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and reach.plain):
        raise WebhookUrlRefused("https_needed", "the address must begin with https://")
    if "@" in parts.netloc:
        raise WebhookUrlRefused("credentials_in_url", "the address must hold no user name and no password")
    if "#" in url:
        raise WebhookUrlRefused("invalid_format", "the address must have no fragment")
    literal = literal_address(parts.hostname or "")
    if literal is not None and not reach.permits(parts.scheme, str(literal)):
        raise WebhookUrlRefused("address_not_allowed", "this is not an address of the public internet")


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0 and "\\" not in url
    except ValueError:
        usable = False
    if not usable:
        raise WebhookUrlRefused("invalid_format", "this is not the address of a web server")
    return parts


def literal_address(host: str) -> Address | None:
    """Return the address that a host is written as, None for a name.

    Resolvers take IPv4 in many forms beside the usual one: 2130706433, 0x7f.1 and 0177.0.0.1 are 127.0.0.1.
    """
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, UnicodeEncodeError):
        return None


def read_networks(text: str) -> tuple[Network, ...]:
    """Return the networks of a list in CIDR notation (RFC 4632), separated by commas; raises ValueError."""
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)

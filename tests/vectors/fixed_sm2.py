"""SM2 signatures (GB/T 32918.2) that are the same each time, so that vectors can be: for tests only."""

import hashlib

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
IDENTITY = b"1234567812345678"
Point = tuple[int, int] | None


def public_of(secret: bytes) -> bytes:
    """Return x ‖ y."""
    return _bytes(*_point(int.from_bytes(secret, "big")))


def sign(secret: bytes, message: bytes) -> bytes:
    """Return r ‖ s; the random number of the standard is a hash of secret and message instead."""
    key = int.from_bytes(secret, "big")
    entitled = (len(IDENTITY) * 8).to_bytes(2, "big") + IDENTITY + _bytes(A, B, *G) + public_of(secret)
    digest = int.from_bytes(_sm3(_sm3(entitled) + message), "big")
    nonce = int.from_bytes(hashlib.sha512(secret + message).digest(), "big") % (N - 1) + 1
    r = (digest + _point(nonce)[0]) % N
    s = pow(1 + key, -1, N) * (nonce - r * key) % N
    return _bytes(r, s)


def _sm3(data: bytes) -> bytes:
    return hashlib.new("sm3", data).digest()


def _bytes(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(32, "big") for number in numbers)


def _point(scalar: int) -> tuple[int, int]:
    found: Point = None
    for bit in bin(scalar)[2:]:
        found = _add(found, found)
        if bit == "1":
            found = _add(found, G)
    assert found is not None
    return found


def _add(one: Point, other: Point) -> Point:
    if one is None or other is None:
        return one or other
    if one[0] == other[0] and (one[1] + other[1]) % P == 0:
        return None
    if one == other:
        slope = (3 * one[0] * one[0] + A) * pow(2 * one[1], -1, P)
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, P)
    x = (slope * slope - one[0] - other[0]) % P
    return x, (slope * (one[0] - x) - one[1]) % P

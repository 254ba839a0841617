"""SM2 by the letter of GB/T 32918.1 and .2, in plain numbers: slow, and another implementation than the one we use."""

import hashlib

# The curve of GB/T 32918.5: y² = x³ + ax + b over p, with the base point G of order n.
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


def add(first: Point, second: Point) -> Point:
    if first is None or second is None:
        return first or second
    (x1, y1), (x2, y2) = first, second
    if x1 == x2 and (y1 + y2) % P == 0:
        return None
    slope = (3 * x1 * x1 + A) * pow(2 * y1, -1, P) if first == second else (y2 - y1) * pow(x2 - x1, -1, P)
    x3 = (slope * slope - x1 - x2) % P
    return x3, (slope * (x1 - x3) - y1) % P


def times(factor: int, point: Point) -> Point:
    result: Point = None
    while factor:
        if factor & 1:
            result = add(result, point)
        point, factor = add(point, point), factor >> 1
    return result


def public_of(secret: int) -> bytes:
    point = times(secret, G)
    assert point is not None
    return as_bytes(*point)


def sign(secret: int, message: bytes, k: int) -> bytes:
    e = digest_of(public_of(secret), message)
    point = times(k, G)
    assert point is not None
    r = (e + point[0]) % N
    s = pow(1 + secret, -1, N) * (k - r * secret) % N
    return as_bytes(r, s)


def verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not (0 < r < N and 0 < s < N) or (r + s) % N == 0:
        return False
    key = int.from_bytes(public[:32], "big"), int.from_bytes(public[32:], "big")
    point = add(times(s, G), times((r + s) % N, key))
    return point is not None and (digest_of(public, message) + point[0]) % N == r


def digest_of(public: bytes, message: bytes) -> int:
    before = len(IDENTITY * 8).to_bytes(2, "big") + IDENTITY + as_bytes(A, B) + as_bytes(*G) + public
    return int.from_bytes(sm3(sm3(before) + message), "big")


def sm3(message: bytes) -> bytes:
    return hashlib.new("sm3", message).digest()


def as_bytes(first: int, second: int) -> bytes:
    return first.to_bytes(32, "big") + second.to_bytes(32, "big")

"""Whether a process answers: asked with bare sockets, so that the supervisor stays small."""

import socket
from contextlib import suppress
from pathlib import Path

TIMEOUT_S = 2.0
LONGEST_REPLY = 65536


def accepts_connections(host: str, port: int) -> bool:
    """Return whether something listens at `host`:`port`."""
    try:
        socket.create_connection((host, port), TIMEOUT_S).close()
    except OSError:
        return False
    return True


def answers_ping(path: Path) -> bool:
    """Return whether the Redis on the unix socket `path` serves; one that still loads its data does not."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(TIMEOUT_S)
        try:
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False


def get(host: str, port: int, path: str) -> tuple[int, str]:
    """Return status and body of `GET path`; status 0 and the reason when nothing answers."""
    try:
        reply = _exchange(host, port, path)
    except OSError as error:
        return 0, str(error)
    head, _, body = reply.partition("\r\n\r\n")
    words = head.split(maxsplit=2)
    status = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
    return status, body


def _exchange(host: str, port: int, path: str) -> str:
    reply = bytearray()
    with socket.create_connection((host, port), TIMEOUT_S) as connection:
        connection.sendall(f"GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
        with suppress(TimeoutError):
            while len(reply) < LONGEST_REPLY and (piece := connection.recv(4096)):
                reply += piece
    return reply.decode("utf-8", "replace")

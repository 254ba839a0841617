"""`scripts/gate_device`: a gate device without a turnstile, for trying things out: it enrols, scans, sends heartbeats.

It talks to a server as any device does, by HTTP alone; what it keeps is one file that only its owner can read.
"""

import argparse
import base64
import json
import os
import secrets
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nacl.signing import SigningKey

APP = "gate_device script 1"
OWNER_ONLY = 0o600
# A queue waits: rather the same scan again, under the same nonce.
WITHIN_S = 3.0
TRIES = 3


class AskingFailed(Exception):
    """The server refused, or did not answer; the text is for the person at the terminal."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What a device keeps: where the server is, who it is, its token, and its own secret key (hex)."""

    base: str
    device_id: str
    access_token: str
    secret_key: str


def main() -> None:
    """Do what the command line says; ends with 1 and a sentence when it cannot, with 3 for a visitor who is refused."""
    given = _arguments()
    try:
        sys.exit(given.run(given))
    except AskingFailed as error:
        sys.exit(str(error))


def enrol(given: argparse.Namespace) -> int:
    """Make a key, show its public half with the code of the standard input, and keep what comes back."""
    if given.file.exists():
        raise AskingFailed(f"{given.file} holds a device already; name another --file")
    key = SigningKey.generate()
    wish = {
        "enrolment_code": sys.stdin.readline().strip(),
        "public_key": base64.urlsafe_b64encode(bytes(key.verify_key)).decode().rstrip("="),
        "device_time": _now(),
        "app": APP,
    }
    answer = _ask(given.base, "/gate-devices/enrol", wish)
    kept = Kept(
        base=given.base,
        device_id=answer["device_id"],
        access_token=answer["access_token"],
        secret_key=bytes(key).hex(),
    )
    _keep(given.file, kept)
    _say(f"{answer['device_id']}  {answer['venue']['name']}  clock_skew_ms={answer['clock_skew_ms']}")
    for gate in answer["venue"]["gates"]:
        _say(f"{gate['id']}  {gate['use']}  {gate['name']}")
    return 0


def scan(given: argparse.Namespace) -> int:
    """Show the code in the first line of the standard input, which nobody can list, as they can command lines.

    For a slip, a second line holds the last four characters of a document.
    """
    kept = _read(given.file)
    code = sys.stdin.readline().strip("\r\n")
    wish = {"gate_id": given.gate_id, "code": code, "nonce": given.nonce or f"script-{secrets.token_hex(8)}"}
    wish |= {} if given.count is None else {"count": given.count}
    wish |= {"document_tail": tail} if (tail := sys.stdin.readline().strip()) else {}
    answer = _ask(kept.base, "/admissions", wish, kept.access_token)
    _say(json.dumps(answer, ensure_ascii=False))
    return 0 if answer["decision"] == "admitted" else 3


def beat(given: argparse.Namespace) -> int:
    """Say that the device is there, and keep the new token where one comes."""
    kept = _read(given.file)
    wish = {"device_time": _now(), "queued": 0, "app": APP}
    answer = _ask(kept.base, "/gate-devices/heartbeat", wish, kept.access_token)
    if answer["access_token"] is not None:
        _keep(given.file, Kept(**{**asdict(kept), "access_token": answer["access_token"]}))
    _say(f"clock_skew_ms={answer['clock_skew_ms']} token={'new' if answer['access_token'] else 'kept'}")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./scripts/gate_device", description=__doc__)
    parser.add_argument("--file", type=Path, default=Path("gate-device.json"), help="what the device keeps")
    commands = parser.add_subparsers(required=True)
    enrolling = commands.add_parser("enrol", help="become the device of the enrolment code in the standard input")
    enrolling.add_argument("--base", default="http://127.0.0.1:8080", help="where the server is")
    enrolling.set_defaults(run=enrol)
    scanning = commands.add_parser("scan", help="show the code in the standard input; for a slip, a second line")
    scanning.add_argument("gate_id")
    scanning.add_argument("--nonce", help="of a scan that was not answered; by default a new one")
    scanning.add_argument("--count", type=int, help="how many of the party enter now")
    scanning.set_defaults(run=scan)
    beating = commands.add_parser("heartbeat", help="say that the device is there")
    beating.set_defaults(run=beat)
    return parser.parse_args()


def _ask(base: str, path: str, wish: Mapping[str, Any], token: str | None = None) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"} | ({} if token is None else {"Authorization": f"Bearer {token}"})
    request = urllib.request.Request(  # noqa: S310 -- the address is the operator's own
        f"{base}/api/v1{path}", data=json.dumps(wish).encode(), headers=headers, method="POST"
    )
    silence = ""
    # An enrolment code works once, so whoever hears nothing must not show it again.
    for _ in range(TRIES if token is not None else 1):
        try:
            with _opener().open(request, timeout=WITHIN_S) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as refusal:
            raise AskingFailed(_told(refusal.read())) from None
        except OSError as error:
            silence = f"no answer from {base}: {error}"
    raise AskingFailed(silence)


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _told(problem: bytes) -> str:
    try:
        told = json.loads(problem)
        return f"{told['code']}: {told['title']}。{told['detail']}"
    except (ValueError, KeyError, TypeError):
        return "the server's answer cannot be read"


def _keep(path: Path, kept: Kept) -> None:
    """Write the file whole or not at all; nobody but its owner can read it at any moment."""
    beside = path.with_name(path.name + ".new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY), "w") as file:
        os.fchmod(file.fileno(), OWNER_ONLY)
        json.dump(asdict(kept), file)
    beside.replace(path)


def _read(path: Path) -> Kept:
    try:
        return Kept(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        raise AskingFailed(f"{path} holds no device; enrol one first") from None


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


if __name__ == "__main__":
    main()

"""`scripts/cosign_log`: another office checks the exported log and signs each new checkpoint, too (a witness).

A witness never signs a log that is not the one it signed before: then the log cannot show one history to one person
and another to the next without the witness.
"""

import argparse
import base64
import binascii
import os
import secrets
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from qr.keyring import SigningKey
from scripts.transparency.checkpoints import Vouched, check_checkpoints, check_leaves
from scripts.transparency.files import FileUnusable, append_text, read_keys, read_leaves, read_text
from scripts.transparency.findings import Finding
from services.transparency.note_file import join_notes
from services.transparency.notes import LOG_KEY, NAME, WITNESS_KEY, PublicKey, cosign

SEED_BYTES = 32


class Unwilling(Exception):
    """The witness does not sign; the message says why."""


def main() -> None:
    """Make a key, or cosign; end with 0, with 1 where the witness does not sign, with 2 where it cannot."""
    given = _parser().parse_args()
    try:
        print(_make_key(given) if given.new_key else _cosign_new(given))
    except Unwilling as error:
        sys.stderr.write(f"{error}\ncosign_log: 未签名 nothing was signed\n")
        sys.exit(1)
    except FileUnusable as error:
        sys.stderr.write(f"cosign_log: {error}\n")
        sys.exit(2)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./scripts/cosign_log", description=__doc__)
    parser.add_argument("--key", type=Path, required=True, help="the file of the witness's own secret key")
    parser.add_argument("--name", required=True, type=_name, help="the witness's name, such as audit.example.cn/2026")
    parser.add_argument("--new-key", action="store_true", help="make the key file, print the public key, and end")
    parser.add_argument("--log", action="append", default=[], metavar="VKEY", help="the log's key, or a file of it")
    parser.add_argument("--checkpoints", type=Path, help="checkpoints.txt")
    parser.add_argument("--leaves", type=Path, help="leaves.txt")
    parser.add_argument("--to", type=Path, help="cosigned.txt, which only ever grows")
    return parser


def _name(text: str) -> str:
    if NAME.fullmatch(text) is None:
        raise argparse.ArgumentTypeError("1 to 100 visible ASCII characters without a plus")
    return text


def _make_key(given: argparse.Namespace) -> str:
    seed = secrets.token_bytes(SEED_BYTES)
    try:
        file = os.open(given.key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise FileUnusable(f"{given.key}: {error.strerror}") from None
    with os.fdopen(file, "wb") as opened:
        opened.write(base64.b64encode(seed) + b"\n")
    return _public(given.name, SigningKey(kid=0, seed=seed)).text


def _read_seed(path: Path) -> SigningKey:
    try:
        return SigningKey(kid=0, seed=base64.b64decode(read_text(path).strip(), validate=True))
    except (binascii.Error, ValueError):
        raise FileUnusable(f"{path} is no key made by --new-key") from None


def _public(name: str, key: SigningKey) -> PublicKey:
    return PublicKey(name=name, kind=WITNESS_KEY, public=key.public)


def _cosign_new(given: argparse.Namespace) -> str:
    if not (given.log and given.checkpoints and given.leaves and given.to):
        raise FileUnusable("--log, --checkpoints, --leaves and --to are needed, or --new-key")
    key, log_keys = _read_seed(given.key), read_keys(given.log, LOG_KEY)
    vouched = _checked(given.checkpoints, log_keys)
    before = _checked(given.to, log_keys, [_public(given.name, key)]) if given.to.exists() else ()
    _ensure_same_log(vouched, before, given.leaves)
    now_s = int(time.time())
    new = [cosign(one.note, given.name, key, now_s).text for one in vouched[len(before) :]]
    append_text(given.to, join_notes(["", *new] if before and new else new))
    return f"已见证 cosigned: {len(new)}；共 in all: {len(vouched)}"


def _checked(path: Path, log_keys: Sequence[PublicKey], witnesses: Sequence[PublicKey] = ()) -> tuple[Vouched, ...]:
    text = read_text(path)
    checked = check_checkpoints(text, log_keys, witnesses)
    _refuse(path, checked.findings if text or not witnesses else ())
    return checked.good


def _ensure_same_log(vouched: Sequence[Vouched], before: Sequence[Vouched], leaves_path: Path) -> None:
    """Pass if the leaves are those of all checkpoints, and the cosigned ones are the first of these."""
    leaves, unreadable = read_leaves(leaves_path)
    _, contradictions = check_leaves([*before, *vouched], leaves)
    _refuse(leaves_path, [*unreadable, *contradictions])
    for own, theirs in zip(before, [*vouched, *[None] * len(before)], strict=False):
        if theirs is None or own.note.body != theirs.note.body:
            raise Unwilling(f"✗ 已见证的检查点 {own.number} 已不在文件中\n  cosigned checkpoint {own.number} is gone")


def _refuse(path: Path, findings: Sequence[Finding]) -> None:
    if findings:
        raise Unwilling("\n".join(f"✗ {path}: {zh}\n  {en}" for zh, en in (one.lines for one in findings)))


if __name__ == "__main__":
    main()

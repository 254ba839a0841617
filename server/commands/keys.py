"""`scripts/keys`: lists, rotates and revokes the keys that sign codes, plates and packs, while everything runs."""

import argparse
import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

from server.commands.running import environment_of_running_server
from server.config import Config, ConfigError, load_config
from server.embedded import PROJECT
from server.wiring import open_stores
from services.common.clock import SystemClock
from services.common.errors import DomainError
from services.keys.errors import MasterKeyMismatch
from services.keys.model import Key, KeyAlgorithm, KeyPurpose, RevocationReason
from services.keys.rotating import Rotating
from services.keys.rules import CODE_PURPOSES

PLACES = {
    KeyPurpose.ENTRY_SIGNING: "phones fetch their codes anew, slips must be printed again",
    KeyPurpose.PACK_SIGNING: "gates fetch their packs anew",
    KeyPurpose.PLATE_SIGNING: "plates must be printed and hung again",
}


def main() -> None:
    """Parse the command line and do it; what it printed says what happened."""
    given = _parser().parse_args()
    try:
        config = load_config(given.config, environment_of_running_server(given.config))
        asyncio.run(_work(config, given))
    except (ConfigError, DomainError, MasterKeyMismatch) as error:
        sys.exit(f"keys: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./scripts/keys", description=__doc__)
    parser.add_argument("--config", type=Path, default=PROJECT / "config.yaml", help="the settings")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("list", help="show the keys, without their secrets").set_defaults(work=_list)
    words = "make a key that signs from now on; what is out stays valid"
    rotate = commands.add_parser("rotate", help=words)
    rotate.set_defaults(work=_rotate)
    _add_purpose(rotate)
    rotate.add_argument(
        "--algorithm", type=KeyAlgorithm, choices=list(KeyAlgorithm), help="of the new key; else that of the last"
    )
    words = "believe nothing any more that a key signed; the one that signs gets a successor in the same step"
    revoke = commands.add_parser("revoke", help=words)
    revoke.set_defaults(work=_revoke)
    _add_purpose(revoke)
    revoke.add_argument("kid", type=int, metavar="KID", help="the key's number in the list")
    revoke.add_argument("--reason", type=RevocationReason, choices=list(RevocationReason), required=True)
    return parser


def _add_purpose(command: argparse.ArgumentParser) -> None:
    command.add_argument("purpose", type=KeyPurpose, choices=CODE_PURPOSES, metavar="PURPOSE", help=_choices())


def _choices() -> str:
    return ", ".join(CODE_PURPOSES)


async def _work(config: Config, given: argparse.Namespace) -> None:
    async with open_stores(config) as stores:
        await given.work(Rotating(store=stores.keys, clock=SystemClock()), given)


async def _list(rotating: Rotating, _given: argparse.Namespace) -> None:
    keys = await rotating.store.load()
    for purpose in CODE_PURPOSES:
        for key in keys.of(purpose):
            sys.stdout.write(f"{purpose} {key.kid} {key.algorithm} {', '.join(_life(key))}\n")


def _life(key: Key) -> Iterator[str]:
    yield key.state
    yield f"made {key.created_at:%Y-%m-%d %H:%M} UTC"
    if key.retired_at is not None:
        yield f"retiring since {key.retired_at:%Y-%m-%d %H:%M} UTC"
    if key.revoked_at is not None:
        yield f"revoked {key.revoked_at:%Y-%m-%d %H:%M} UTC ({key.revoked_for})"


async def _rotate(rotating: Rotating, given: argparse.Namespace) -> None:
    added = await rotating.rotate(given.purpose, given.algorithm)
    sys.stderr.write(f"keys: {_named(added)} signs within two seconds; what is out stays valid\n")


async def _revoke(rotating: Rotating, given: argparse.Namespace) -> None:
    successor = await rotating.revoke(given.purpose, given.kid, given.reason)
    sys.stderr.write(f"keys: within two seconds nothing is believed that key {given.kid} of {given.purpose} signed\n")
    if successor is not None:
        sys.stderr.write(f"keys: {_named(successor)} signs instead\n")
    sys.stderr.write(f"keys: {PLACES[given.purpose]}; gates without network believe it until their next pack\n")


def _named(key: Key) -> str:
    return f"key {key.kid} of {key.purpose} ({key.algorithm})"


if __name__ == "__main__":
    main()

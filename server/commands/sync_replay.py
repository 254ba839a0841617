"""`scripts/sync replay`: has dead letters delivered again by the process that delivers."""

import argparse
import sys

from server.commands.sync_letters import count_of
from server.config import Config
from server.sync.overseeing import build_replaying
from server.wiring import open_stores
from services.sync.model import RecordKind


class NoSuchLetter(Exception):
    """Of what was named, some is no dead letter; the message is a sentence for an operator."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--kind", type=RecordKind, choices=list(RecordKind), help="all dead letters of this kind")
    which.add_argument("--id", action="append", metavar="KIND:ID", help="this dead letter; may be repeated")
    which.add_argument("--all", action="store_true", help="all dead letters")


async def work(config: Config, given: argparse.Namespace) -> int:
    """Let the records wait again; raises NoSuchLetter after that, MainSystemMissing, DatabaseUnavailable."""
    async with open_stores(config) as stores:
        replaying = build_replaying(config, stores.mongo)
        unknown = await replaying.unknown(given.id or ())
        many = await replaying.replay(given.kind, given.id or ())
    if many or not unknown:
        sys.stdout.write(f"{said(many)}\n")
    if unknown:
        raise NoSuchLetter(f"there is no such dead letter: {', '.join(unknown)}; ./scripts/sync status shows which are")
    return 0


def said(many: int) -> str:
    """Return what became of it when so many records wait again."""
    if many == 0:
        return "sync: there is no such dead letter, and nothing to deliver again"
    verb = "waits" if many == 1 else "wait"
    return f"sync: {count_of(many, 'record')} {verb} to be delivered again; ./scripts/sync status shows what stays dead"

"""`scripts/staff`: makes a staff account, the only way to a first one outside demo mode, or sets a password."""

import argparse
import asyncio
import getpass
import sys
from pathlib import Path

from server.commands.running import environment_of_running_server
from server.config import Config, ConfigError, load_config
from server.embedded import PROJECT
from server.wiring import open_stores
from services.common.clock import UlidSource
from services.common.errors import DomainError
from services.common.mongo import Mongo
from services.identity.accounts import StaffAccounts
from services.identity.model import Role, Scope, ScopeLevel
from services.identity.mongo import MongoStaff
from services.identity.passwords import Argon2Hasher
from services.identity.rules import covers
from services.keys.errors import MasterKeyMismatch
from services.venues.mongo import MongoVenues


def main() -> None:
    """Parse the command line, ask for the password, add the account."""
    given = _parser().parse_args()
    try:
        config = load_config(given.config, environment_of_running_server(given.config))
        account_id = asyncio.run(given.work(config, given, _read_password()))
    except (ConfigError, DomainError, MasterKeyMismatch) as error:
        sys.exit(f"staff: {error}")
    sys.stderr.write(f"staff: {given.done} {_described(given)} in {_place(config)}\n")
    sys.stdout.write(f"{account_id}\n")


def _described(given: argparse.Namespace) -> str:
    if "role" not in given:
        return str(given.username)
    where = ", ".join(f"{scope.level}:{scope.id}" for scope in given.scope)
    return f"{given.username} ({given.role}, {where})"


def _place(config: Config) -> str:
    """Name the database without its address, which may hold a password."""
    return f"the database {config.mongodb.database} of the server on {config.server.data_dir}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./scripts/staff", description=__doc__)
    parser.add_argument("--config", type=Path, default=PROJECT / "config.yaml", help="the settings")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add = commands.add_parser("add", help="make an account; the password is asked for, or read from a pipe")
    add.set_defaults(work=_add, done="made")
    add.add_argument("username")
    add.add_argument("--role", required=True, type=Role, choices=[role for role in Role if role is not Role.CITIZEN])
    add.add_argument(
        "--scope",
        required=True,
        action="append",
        type=_scope,
        metavar="LEVEL:ID",
        help="what it answers for: city:310000, district:310101, organisation:ID or venue:ven_…; may be repeated",
    )
    words = "set the password of an account; inspectors of the main system have none at first"
    password = commands.add_parser("password", help=words)
    password.set_defaults(work=_set_password, done="set the password of")
    password.add_argument("username")
    return parser


def _scope(text: str) -> Scope:
    level, separator, scope_id = text.partition(":")
    if not (separator and scope_id and level in list(ScopeLevel)):
        raise argparse.ArgumentTypeError(f"{text} is not LEVEL:ID, with LEVEL one of {', '.join(ScopeLevel)}")
    return Scope(level=ScopeLevel(level), id=scope_id)


def _read_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise ConfigError("the two passwords differ")
    return password


async def _add(config: Config, given: argparse.Namespace, password: str) -> str:
    async with open_stores(config) as stores:
        await stores.keys.load()  # a foreign master key shows here
        await _warn_of_unknown(given.scope, MongoVenues(stores.mongo))
        return await _accounts(stores.mongo).add(given.username, password, given.role, tuple(given.scope))


async def _set_password(config: Config, given: argparse.Namespace, password: str) -> str:
    async with open_stores(config) as stores:
        return await _accounts(stores.mongo).set_password(given.username, password)


def _accounts(mongo: Mongo) -> StaffAccounts:
    return StaffAccounts(staff=MongoStaff(mongo), hasher=Argon2Hasher(), ids=UlidSource())


async def _warn_of_unknown(scopes: list[Scope], venues: MongoVenues) -> None:
    """Say so when a scope covers nothing that is known yet; it may come from the main system later."""
    owners = [venue.owner for venue in await venues.all_venues()]
    for scope in scopes:
        if not any(covers(scope, owner) for owner in owners):
            sys.stderr.write(f"staff: note: no venue is known in {scope.level}:{scope.id} so far; check the id\n")


if __name__ == "__main__":
    main()

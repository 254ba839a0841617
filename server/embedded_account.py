"""Makes the one account of a new embedded database: run once, by the supervisor, in a process of its own."""

import os

from pymongo import MongoClient
from pymongo.errors import OperationFailure

ALREADY_EXISTS = 51003
TIMEOUT_MS = 10_000


def make_account(uri: str, name: str, password: str) -> None:
    """Make the account `name`, or give it `password` when an interrupted first start has made it already."""
    with MongoClient[dict[str, object]](uri, timeoutMS=TIMEOUT_MS) as client:
        try:
            client.admin.command("createUser", name, pwd=password, roles=["root"])
        except OperationFailure as error:
            if error.code != ALREADY_EXISTS:
                raise
            client.admin.command("updateUser", name, pwd=password)


if __name__ == "__main__":
    make_account(os.environ["DATABASE_URI"], os.environ["DATABASE_ACCOUNT"], os.environ["DATABASE_PASSWORD"])

"""The collections of releases."""

from pymongo import ASCENDING, IndexModel

from services.common.mongo import CollectionPlan

RELEASES = CollectionPlan(
    name="releases",
    shard_key="_id",
    indexes=(
        IndexModel([("state", ASCENDING), ("visit_on", ASCENDING)]),
        IndexModel([("venue_id", ASCENDING), ("visit_on", ASCENDING)]),
    ),
)
# Pools and results in pieces, under their digests: who writes the same writes the same documents.
PAPERS = CollectionPlan(name="release_papers", shard_key="_id", indexes=(IndexModel("release_id"),))
# The `_id` follows from release and account: an account has one request in a release at most.
REQUESTS = CollectionPlan(
    name="release_requests",
    shard_key="release_id",
    indexes=(
        IndexModel([("release_id", ASCENDING), ("ticket", ASCENDING)]),
        IndexModel([("release_id", ASCENDING), ("state", ASCENDING)]),
        IndexModel("forget_at", expireAfterSeconds=0),
    ),
)
# One for each document in a release: the `_id` is made of both.
CLAIMS = CollectionPlan(
    name="release_claims", shard_key="_id", indexes=(IndexModel("forget_at", expireAfterSeconds=0),)
)
# What each request passes: a write in the transaction of the request, so that the close cannot overtake it.
GATES = CollectionPlan(name="release_gates", shard_key="_id", indexes=(IndexModel("forget_at", expireAfterSeconds=0),))
COLLECTIONS = (RELEASES, PAPERS, REQUESTS, CLAIMS, GATES)


def gate_id(release_id: str, gate: int) -> str:
    """Return the `_id` of a gate."""
    return f"{release_id}:{gate}"

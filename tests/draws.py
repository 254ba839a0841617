"""Records of draws as they are exported, made without a server."""

import base64
import hashlib
from typing import Any

from services.patrols.plans.drawing import Pool, draw, picks_content, pool_content, seed_of
from services.patrols.plans.publishing import RECORD_FORMAT
from services.transparency.commitment import canonical, commit
from services.transparency.merkle import inclusion_stretches, leaf_hash, root_of

SERVER_SEED = hashlib.sha256(b"a seed of tests").digest()
VALUE = "03 07 12 19 25 33 + 08"
INDEX, SIZE = 5, 11


def make_record(
    *, reasons: tuple[str, ...] = ("kinship", "other_interest"), committed_at: str = "2026-12-01T00:59:59.000Z"
) -> tuple[dict[str, Any], list[str]]:
    """Return a record that is right, and the leaves of the log that it lies in."""
    sites, inspectors = 30, 5
    recusals = [("stf_00", f"otl_{number:03}") for number in range(10)]
    pool = Pool(
        sites={f"otl_{number:03}": "310101" for number in range(sites)},
        inspectors={f"stf_{number:02}": ("310101",) for number in range(inspectors)},
        recusals=frozenset(recusals),
        reasons=dict(zip(recusals, reasons * 5, strict=False)),
    )
    wish = {
        "draw_id": "drw_1",
        "sites_to_draw": 8,
        "inspectors_per_site": 2,
        "public_source": {"name": "示例彩票第2026132期", "announced_on": "2026-12-02"},
        "seed_sha256": hashlib.sha256(SERVER_SEED).hexdigest(),
    }
    committed = pool_content(pool, wish)
    pool_digest = hashlib.sha256(canonical(committed)).hexdigest()
    seed = seed_of(SERVER_SEED, VALUE)
    log, leaves = _log(committed_at, {"pool_sha256": pool_digest, "seed_sha256": wish["seed_sha256"], "sites": 8})
    record = {
        "format": RECORD_FORMAT,
        "committed": committed,
        "pool_sha256": pool_digest,
        "server_seed": SERVER_SEED.hex(),
        "public_value": VALUE,
        "seed": seed.hex(),
        "result": picks_content(draw(pool, seed, 8, 2)),
        "log": log,
    }
    return record, leaves


def _log(committed_at: str, told: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    event = {
        "id": "evt_1",
        "type": "draw.committed",
        "subject_id": "drw_1",
        "site_id": None,
        "occurred_at": committed_at,
        "data": told,
    }
    data = {"event": event, "recorded_at": "2026-12-01T01:00:00.000Z", "recorded_by": "stf_9"}
    salt = bytes(range(16))
    leaves = [leaf_hash(str(number).encode()) for number in range(SIZE)]
    leaves[INDEX] = leaf_hash(commit(salt, canonical(data)))
    proof = [root_of(leaves[begin:end]) for begin, end in inclusion_stretches(INDEX, SIZE)]
    root = base64.b64encode(root_of(leaves)).decode()
    log = {
        "index": INDEX,
        "salt": salt.hex(),
        "data": data,
        "inclusion": [one.hex() for one in proof],
        "checkpoint": f"example.cn/patrols\n{SIZE}\n{root}\n\n— example.cn/patrols AAAA\n",
    }
    return log, [one.hex() for one in leaves]

"""The draw itself: who and what is chosen from a pool by a seed, so that anybody can repeat it.

`scripts/draws/verify_draw.py` does the same without any of this code, and docs/patrols-draws.md says it in words.
"""

import hashlib
import hmac
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

ALGORITHM = "chengma-draw-1"
SEED_BYTES = 32
_SEED_CONTEXT = b"chengma draw seed 1\0"


@dataclass(frozen=True, kw_only=True)
class Pool:
    """What is drawn from: sites by district, inspectors with the districts they work in, and who may not see what.

    `reasons` says why, by inspector and site; pools of earlier days have none. They change nothing in the draw.
    """

    sites: Mapping[str, str]
    inspectors: Mapping[str, Collection[str]]
    recusals: Collection[tuple[str, str]]
    reasons: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def fit(self, site_id: str) -> list[str]:
        """Return the inspectors who may be sent to a site, in the order of their ids."""
        district = self.sites[site_id]
        return [
            one
            for one in sorted(self.inspectors)
            if district in self.inspectors[one] and (one, site_id) not in self.recusals
        ]


@dataclass(frozen=True, kw_only=True)
class Pick:
    """A site that was drawn, and the inspectors drawn for it."""

    site_id: str
    inspectors: tuple[str, ...]


def seed_of(server_seed: bytes, public_value: str) -> bytes:
    """Return the seed that both parts make: neither alone says anything of it."""
    return hashlib.sha256(_SEED_CONTEXT + server_seed + public_value.encode()).digest()


def draw(pool: Pool, seed: bytes, sites: int, inspectors_per_site: int) -> tuple[Pick, ...]:
    """Return `sites` sites of the pool in the order they are drawn, each with its inspectors.

    Sites come by their lots, the least first. For each, those inspectors are sent who have the fewest sites so far and
    are not recused; among equals the least lot decides.
    """
    burden: Counter[str] = Counter()
    picks = []
    for site_id in sorted(pool.sites, key=lambda one: (lot(seed, "site", one), one))[:sites]:
        fit = sorted(pool.fit(site_id), key=lambda one: (burden[one], lot(seed, "inspector", site_id, one), one))
        chosen = tuple(fit[:inspectors_per_site])
        burden.update(chosen)
        picks.append(Pick(site_id=site_id, inspectors=chosen))
    return tuple(picks)


def lot(seed: bytes, *names: str) -> bytes:
    """Return the lot of what `names` name: HMAC-SHA-256 under the seed of the names with zero bytes between them."""
    return hmac.digest(seed, "\0".join(names).encode(), "sha256")


def lacking(pool: Pool, inspectors_per_site: int) -> list[str]:
    """Return the sites for which too few inspectors are left, in the order of their ids."""
    in_district: dict[str, int] = defaultdict(int)
    for districts in pool.inspectors.values():
        for district in districts:
            in_district[district] += 1
    recused = Counter(
        site_id for inspector, site_id in pool.recusals if pool.sites[site_id] in pool.inspectors[inspector]
    )
    return [
        site_id
        for site_id in sorted(pool.sites)
        if in_district[pool.sites[site_id]] - recused[site_id] < inspectors_per_site
    ]


def pool_content(pool: Pool, wish: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is committed to as JSON: the pool in one order, and all that the draw depends on."""
    return {
        **wish,
        "algorithm": ALGORITHM,
        "sites": [{"id": one, "district": pool.sites[one]} for one in sorted(pool.sites)],
        "inspectors": [{"id": one, "districts": sorted(pool.inspectors[one])} for one in sorted(pool.inspectors)],
        "recusals": [_recusal_content(pool, *pair) for pair in sorted(pool.recusals)],
    }


def _recusal_content(pool: Pool, inspector: str, site: str) -> dict[str, str]:
    reason = pool.reasons.get((inspector, site))
    return {"inspector": inspector, "site": site} | ({} if reason is None else {"reason": reason})


def read_pool(content: Mapping[str, Any]) -> Pool:
    """Return the pool that was committed to."""
    return Pool(
        sites={one["id"]: one["district"] for one in content["sites"]},
        inspectors={one["id"]: frozenset(one["districts"]) for one in content["inspectors"]},
        recusals=frozenset((one["inspector"], one["site"]) for one in content["recusals"]),
        reasons={(one["inspector"], one["site"]): one["reason"] for one in content["recusals"] if "reason" in one},
    )


def picks_content(picks: Sequence[Pick]) -> list[dict[str, Any]]:
    """Return the result as JSON, in the order of the draw."""
    return [{"site": one.site_id, "inspectors": list(one.inspectors)} for one in picks]

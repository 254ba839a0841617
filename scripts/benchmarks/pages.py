"""`pages`: what everybody looks at before booking, against a query at each request and against bare bytes."""

import json
import urllib.request
from collections.abc import Mapping, Sequence

from scripts.benchmarks.asked import Asked, Extent
from scripts.benchmarks.bare_pages import BODIES
from scripts.benchmarks.figures import Row, ratios, rotated
from scripts.benchmarks.house import House, open_house
from scripts.benchmarks.plan import API, HOST, Line, Plan, get
from scripts.benchmarks.progress import say
from scripts.benchmarks.report import Report
from scripts.benchmarks.runs import OK, Run, run_plan
from scripts.benchmarks.servers import Server, ServerPlan, run_servers

OURS, NAIVE, BARE = "ours", "naive", "bare handler"
DATABASE = "bench_pages"
CONNECTIONS = 50
EACH = {Extent.USUAL: 40, Extent.QUICK: 4}
WELCOME = "welcome page"

# The runs of one round, by page and design.
Runs = Mapping[tuple[str, str], Run]


async def measure(asked: Asked) -> Report:
    """Measure so many rounds; there is no bound."""
    found: list[Runs] = []
    async with open_house((DATABASE,), citizens=0) as house:
        venue_id = house.cities[DATABASE].venues[0].id
        paths = {
            "venues": f"{API}/venues",
            "one venue": f"{API}/venues/{venue_id}",
            "slots of a venue": f"{API}/venues/{venue_id}/slots",
            WELCOME: "/",
        }
        for turn in range(asked.rounds):
            say(f"pages: round {turn + 1} of {asked.rounds}")
            found.append(await _round(house, asked, paths, turn))
    return _report(found)


async def _round(house: House, asked: Asked, paths: Mapping[str, str], turn: int) -> Runs:
    plans = {
        OURS: ServerPlan(design="ours", database=DATABASE),
        NAIVE: ServerPlan(design="naive-pages", database=DATABASE),
    }
    async with run_servers(house.stores, plans) as servers:
        bodies = house.stores.directory / "bodies.json"
        bodies.write_text(json.dumps({path: _body(servers[OURS], path) for path in paths.values()}), encoding="utf-8")
        bare = ServerPlan(design="bare-pages", database=DATABASE, settings={BODIES: str(bodies)})
        async with run_servers(house.stores, {BARE: bare}) as others:
            return {
                (page, name): await _look(house, asked, {**servers, **others}[name], page, name, path)
                for page, path in paths.items()
                for name in rotated([OURS, NAIVE, BARE], turn)
                # The welcome page needs no database in any design.
                if (page, name) != (WELCOME, NAIVE)
            }


def _body(server: Server, path: str) -> str:
    with urllib.request.urlopen(f"http://{HOST}:{server.port}{path}") as answer:
        return str(answer.read().decode())


async def _look(house: House, asked: Asked, server: Server, page: str, name: str, path: str) -> Run:
    line = Line(warm=[get(path)], timed=[get(path)] * EACH[asked.extent])
    run = await run_plan(house.stores, server, Plan(port=server.port, lines=[line] * CONNECTIONS), counts=OK)
    say(f"{page}, {name}: {run.requests_per_s:,.0f} requests/s")
    return run


def _report(found: Sequence[Runs]) -> Report:
    pages = list(dict.fromkeys(page for page, _ in found[0]))
    rows = [
        Row(
            measure=f"requests against {other}, {page}",
            unit="times",
            values=ratios(_rates(found, page, OURS), _rates(found, page, other)),
        )
        for page in pages
        for other in (NAIVE, BARE)
        if (page, other) in found[0]
    ]
    return Report(
        name="pages",
        rows=rows,
        runs={name: [one[name] for one in found] for name in found[0]},
        notes=[f"{len(found)} rounds, {CONNECTIONS} connections; `done` are pages."],
    )


def _rates(found: Sequence[Runs], page: str, name: str) -> list[float]:
    return [one[page, name].requests_per_s for one in found]

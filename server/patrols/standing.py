"""The checklists that come with the service: each city has them from the start, and may release them anew."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from server.demo.model import demo_id
from server.patrols.shelves import SHELVES
from services.common.clock import SystemClock, UlidSource
from services.common.mongo import Mongo
from services.identity.model import Scope, ScopeLevel
from services.patrols.checklists.model import Section
from services.patrols.checklists.mongo import MongoTemplates
from services.patrols.checklists.reading import Checklists
from services.patrols.checklists.writing import ChecklistContent, ChecklistWriting, FirstRelease
from services.patrols.documents import read_part
from services.patrols.model import THE_SERVICE
from services.patrols.mongo import MongoPatrolRecords
from services.patrols.recording import Recording
from services.patrols.sites.model import SiteKind
from services.sync.mongo import MongoOutbox
from services.transparency.mongo import MongoLog
from services.venues.directory import VenueDirectory
from services.venues.mongo import MongoVenues
from services.venues.scopes import Scopes, scope_name

CONTENT = Path(__file__).parent / "content"
SLUGS = ("halal-outlet", "venue-safety")


async def add_standing_checklists(mongo: Mongo) -> None:
    """Add what is missing of them in each city that has districts; safe to repeat, and by several starts at once.

    What a city has made of them since stays: one whose id is there is left alone, whatever its state.
    """
    cities = sorted({district.city_id for district in await MongoVenues(mongo).all_districts()})
    writing, checklists = _parts(mongo)
    for city_id in cities:
        for slug in SLUGS:
            if await checklists.template(standing_id(city_id, slug)) is None:
                await writing.put_missing(standing_checklist(city_id, slug))


def _parts(mongo: Mongo) -> tuple[ChecklistWriting, Checklists]:
    clock, ids = SystemClock(), UlidSource()
    records = MongoPatrolRecords(mongo, log=MongoLog(mongo), outbox=MongoOutbox(mongo), shelves=SHELVES)
    scopes = Scopes(VenueDirectory(store=MongoVenues(mongo), clock=clock))
    checklists = Checklists(store=MongoTemplates(mongo), scopes=scopes)
    recording = Recording(store=records, clock=clock, ids=ids)
    return (
        ChecklistWriting(recording=recording, checklists=checklists, scopes=scopes, clock=clock, ids=ids),
        checklists,
    )


def standing_id(city_id: str, slug: str) -> str:
    """Return the id of a city's standing checklist: the same on every start, in demo mode or not."""
    return demo_id("tpl", f"{city_id}:{slug}")


def standing_checklist(city_id: str, slug: str) -> FirstRelease:
    """Return a standing checklist as the city's own."""
    written = read_content(slug)
    owner = scope_name(Scope(level=ScopeLevel.CITY, id=city_id))
    return FirstRelease(
        template_id=standing_id(city_id, slug),
        owner=owner,
        seen_by=(owner,),
        site_kind=SiteKind(written["site_kind"]),
        content=ChecklistContent(
            name=written["name"],
            name_en=written["name_en"],
            sections=read_part(tuple[Section, ...], written["sections"]),
        ),
        told_by=THE_SERVICE,
    )


def read_content(slug: str) -> Mapping[str, Any]:
    """Return what the file of a standing checklist says."""
    written: Mapping[str, Any] = yaml.safe_load((CONTENT / f"{slug.replace('-', '_')}.yaml").read_text("utf-8"))
    return written

"""Loads the demo city into the database: safe to repeat, and to run by several processes at once."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from server.demo.city import load_demo_city
from server.demo.model import DemoAccount, DemoCity, DemoDistrict, DemoVenue, OpeningHours, demo_id
from server.demo.slots import CITY_TIME, plan_slots
from services.common.mongo import Mongo
from services.identity.model import StaffAccount
from services.identity.mongo import MongoStaff
from services.identity.passwords import Argon2Hasher
from services.reservations.model import Slot, SlotState
from services.reservations.mongo import MongoSlots
from services.venues.model import District, Gate, GeoPoint, Venue, VenueKind
from services.venues.model import OpeningHours as VenueHours
from services.venues.mongo import MongoVenues

DEMO_PASSWORD = "chengma-demo"  # noqa: S105 -- public on purpose; its accounts exist in demo mode only
STAFF_PREFIX = "stf"
DAYS = 30

Say = Callable[[str], None]


async def seed_demo_city(mongo: Mongo, now: datetime, say: Say) -> None:
    """Add what is missing of the demo city: venues, accounts, and slots from today for 30 days."""
    city = load_demo_city()
    venues = [_venue(city, venue) for venue in city.venues]
    await MongoVenues(mongo).put([_district(city, one) for one in city.districts], venues)
    await _add_accounts(MongoStaff(mongo), city.accounts, say)
    added = await _add_slots(MongoSlots(mongo), city.venues, now.astimezone(CITY_TIME).date())
    if added:
        say(f"demo city: {len(venues)} venues, {added} new slots")


async def _add_accounts(staff: MongoStaff, accounts: tuple[DemoAccount, ...], say: Say) -> None:
    hasher = Argon2Hasher()
    for one in accounts:
        if await staff.find(demo_id(STAFF_PREFIX, one.username)) is not None:
            continue
        account = await _account(one, hasher)
        # Another start may have added it meanwhile; else the name is that of a real account, which stays.
        if not await staff.add(account) and await staff.find(account.id) is None:
            say(f"demo account {one.username} left out: there is a real account of this name")


async def _account(account: DemoAccount, hasher: Argon2Hasher) -> StaffAccount:
    return StaffAccount(
        id=demo_id(STAFF_PREFIX, account.username),
        username=account.username,
        password_hash=await hasher.hash(DEMO_PASSWORD),
        role=account.role,
        scopes=account.scopes,
        demo=True,
    )


async def _add_slots(store: MongoSlots, venues: tuple[DemoVenue, ...], first_day: date) -> int:
    added = 0
    for venue in venues:
        planned = plan_slots(venue, first_day, DAYS)
        since, until = planned[0].starts_at, planned[-1].ends_at
        present = {slot.id for slot in await store.starting_between(venue.id, since, until + timedelta(days=1))}
        missing = [one for one in planned if one.id not in present]
        added += await store.add_missing(
            [
                Slot(
                    id=one.id,
                    venue_id=one.venue_id,
                    starts_at=one.starts_at,
                    ends_at=one.ends_at,
                    capacity=one.capacity,
                    places_left=one.capacity,
                    state=SlotState.OPEN,
                )
                for one in missing
            ]
        )
    return added


def _district(city: DemoCity, district: DemoDistrict) -> District:
    return District(
        id=district.id, city_id=city.id, name=district.name, name_en=district.name_en, pinyin=district.pinyin
    )


def _venue(city: DemoCity, venue: DemoVenue) -> Venue:
    longitude, latitude = venue.position
    return Venue(
        id=venue.id,
        name=venue.name,
        name_en=venue.name_en,
        pinyin=venue.pinyin,
        kind=VenueKind(venue.kind),
        address=venue.address,
        city_id=city.id,
        district_id=venue.district,
        organisation_id=None,
        position=GeoPoint(lng=longitude, lat=latitude),
        usual_hours=tuple(_hours(hours) for hours in venue.usual_hours),
        gates=tuple(Gate(id=g.id, name=g.name, name_en=g.name_en, use=g.use) for g in venue.gates),
        max_party_size=venue.max_party_size,
        about=venue.about,
        about_en=venue.about_en,
        example=venue.example,
    )


def _hours(hours: OpeningHours) -> VenueHours:
    return VenueHours(days=tuple(sorted(hours.days)), opens=_clock(hours.opens), closes=_clock(hours.closes))


def _clock(since_midnight: timedelta) -> str:
    minutes = int(since_midnight.total_seconds()) // 60
    return f"{minutes // 60:02}:{minutes % 60:02}"

"""Loads the demo city into the database: safe to repeat, and to run by several processes at once."""

from collections.abc import Callable
from datetime import datetime, timedelta

from server.demo.city import load_demo_city
from server.demo.model import DemoAccount, DemoCity, DemoDistrict, DemoVenue, OpeningHours, demo_id
from server.demo.slots import demo_calendar
from services.calendars.mongo import MongoCalendars, MongoHolidayYears, MongoWorshipTimes
from services.calendars.reading import CalendarReading
from services.common.clock import SystemClock, city_day
from services.common.mongo import Mongo
from services.identity.model import StaffAccount
from services.identity.mongo import MongoStaff
from services.identity.passwords import Argon2Hasher
from services.reservations.model import SlotState
from services.reservations.mongo.slots import MongoSlots
from services.reservations.planning.model import Action
from services.reservations.planning.rules import compare, new_slot
from services.venues.directory import VenueDirectory
from services.venues.model import District, Gate, GeoPoint, Venue, VenueKind
from services.venues.model import OpeningHours as VenueHours
from services.venues.mongo import MongoVenues

DEMO_PASSWORD = "chengma-demo"  # noqa: S105 -- public on purpose; its accounts exist in demo mode only
STAFF_PREFIX = "stf"
DAY = timedelta(days=1)

Say = Callable[[str], None]


async def seed_demo_city(mongo: Mongo, now: datetime, say: Say) -> None:
    """Add what is missing of the demo city: venues, accounts, calendars, and the slots of the coming 30 days."""
    city = load_demo_city()
    venues = [_venue(city, venue) for venue in city.venues]
    await MongoVenues(mongo).put([_district(city, one) for one in city.districts], venues)
    await _add_accounts(MongoStaff(mongo), city.accounts, say)
    added = await _add_slots(mongo, city.venues, now)
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


async def _add_slots(mongo: Mongo, venues: tuple[DemoVenue, ...], now: datetime) -> int:
    """Give every venue its calendar, unless it has one, and make the slots that are missing, so that a first visitor
    need not wait for the planner."""
    store, slots = MongoCalendars(mongo), MongoSlots(mongo)
    directory = VenueDirectory(store=MongoVenues(mongo), clock=SystemClock())
    reading = CalendarReading(
        store=store, holidays=MongoHolidayYears(mongo), worship=MongoWorshipTimes(mongo), venues=directory
    )
    added = 0
    for venue in venues:
        await store.claim(demo_calendar(venue, now))
        calendar = await reading.get(venue.id)
        planned = await reading.planned(calendar, city_day(now), calendar.plan_days_ahead)
        present = await slots.starting_between(venue.id, now - DAY, now + (calendar.plan_days_ahead + 1) * DAY)
        missing = [step.planned for step in compare(planned, present, now).steps if step.action is Action.ADD]
        added += await slots.add_missing([new_slot(one, SlotState.OPEN) for one in missing if one is not None])
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

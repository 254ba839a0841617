"""Puts together what is about visits beside booking and admitting."""

from handlers.visit_context import VisitServices
from server.visits.calendars import build_calendars
from server.visits.devices import build_code_revoking, build_devices
from server.visits.groups import build_groups
from server.visits.leases import build_walk_ins
from server.visits.live import build_watching
from server.visits.no_shows import build_no_shows
from server.visits.notices import build_notices
from server.visits.packs import build_packs
from server.visits.parts import VisitParts
from server.visits.planning import build_planning
from server.visits.policies import build_companions, build_policies
from server.visits.presence import build_presence
from server.visits.ratings import build_ratings
from server.visits.releases import build_marking, build_releases
from server.visits.uploads import build_uploads
from server.visits.waitlist import build_waitlist
from server.visits.window import build_window


def build_visits(parts: VisitParts) -> VisitServices:
    """Put the services together."""
    ratings, escalating = build_ratings(parts)
    notices, telling = build_notices(parts)
    waitlist, promoting = build_waitlist(parts)
    calendars = build_calendars(parts)
    planning, keeping = build_planning(parts, calendars, build_marking(parts))
    groups, tending = build_groups(parts)
    releases, drawing = build_releases(parts)
    no_shows, judging = build_no_shows(parts)
    watching = build_watching(parts)
    walk_ins, devices = build_walk_ins(parts), build_devices(parts)
    presence, crowds = build_presence(parts)
    return VisitServices(
        ratings=ratings,
        notices=notices,
        calendars=calendars,
        planning=planning,
        policies=build_policies(parts),
        companions=build_companions(parts),
        waitlist=waitlist,
        groups=groups,
        window=build_window(parts),
        walk_ins=walk_ins,
        releases=releases,
        no_shows=no_shows,
        devices=devices,
        code_revoking=build_code_revoking(parts),
        revocations=parts.revocations,
        watching=watching,
        packs=build_packs(parts, leases=walk_ins.reading, devices=devices.directory),
        uploads=build_uploads(parts, devices=devices.directory, leases=walk_ins.reading, undoing=presence.undoing),
        presence=presence,
        background=(
            parts.revocations,
            crowds,
            watching,
            judging,
            drawing,
            tending,
            keeping,
            escalating,
            telling,
            promoting,
        ),
    )

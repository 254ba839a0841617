"""The live view of a venue: told as it changes, or asked for once."""

from typing import Any

from handlers.operation import ANSWER_WITHIN_S, ApiHandler, Operation, made, operation
from handlers.schemas.live import VenueStateSchema
from handlers.streaming import EVENT_STREAM, EventStreamHandler, stream
from handlers.wire import write_json
from services.admissions.live.errors import StreamsTooMany
from services.admissions.live.model import VenueState
from services.common.deadlines import deadline
from services.common.errors import TooBusy
from services.identity.model import Role
from services.venues.errors import VenueUnknown

TAG = "Admissions"
WATCHERS = frozenset({Role.GATE, Role.VENUE_MANAGER, Role.DISTRICT_ADMIN, Role.CITY_ADMIN})


class LiveHandler(EventStreamHandler):
    """`/venues/{venue_id}/live`."""

    @stream(
        Operation(
            summary="Watch a venue",
            description="Server-sent events, for as long as you listen: `state` whenever something changes, at first "
            "at once, with the same JSON as `/venues/{venue_id}/occupancy` and its `version` as id. Each event holds "
            "totals: after a pause the next one says all that you missed, so connect again and forget what was. A "
            "comment every 15 seconds says that nothing has changed. `end` with a `code` tells why the stream ends, "
            "such as `session_ended` or `token_expired`.",
            tag=TAG,
            roles=WATCHERS,
            devices=True,
            media_type=EVENT_STREAM,
            refusals=(VenueUnknown, StreamsTooMany, TooBusy),
        )
    )
    async def get(self, venue_id: str) -> None:
        """Tell how a venue stands."""
        watching = self.services.visits.watching
        with watching.claimed(self.actor):
            with deadline(ANSWER_WITHIN_S):
                first = await watching.state(self.actor, venue_id)
            with watching.watched(first) as watch:
                await self.tell(watch, (venue_id,))

    def event_of(self, news: VenueState) -> tuple[int, bytes]:
        """Return the version and the JSON of a state."""
        return news.version, write_json(made(VenueStateSchema).dump(shown(news)))

    async def ensure_welcome(self, *path: str) -> None:
        """Raise VenueUnknown when the venue has left the actor's scope."""
        await self.services.visits.watching.ensure_within(self.actor, path[0])


class OccupancyHandler(ApiHandler):
    """`/venues/{venue_id}/occupancy`."""

    @operation(
        Operation(
            summary="See how a venue stands",
            description="How many are in, out and expected today; `/venues/{venue_id}/live` tells it as it changes.",
            tag=TAG,
            roles=WATCHERS,
            devices=True,
            reply=VenueStateSchema,
            refusals=(VenueUnknown,),
        )
    )
    async def get(self, venue_id: str) -> dict[str, Any]:
        """Return the state of a venue."""
        return shown(await self.services.visits.watching.state(self.actor, venue_id))


def shown(state: VenueState) -> dict[str, Any]:
    """Return a state as the wire has it."""
    return {**vars(state), **vars(state.facts)}

"""What a refusal tells beside its code is in the schema of problems."""

from collections.abc import Iterator

from handlers.problems import problem_of
from handlers.schemas.common import ProblemSchema
from server import routes
from services.clients.errors import ClientMadeBefore
from services.common.errors import DomainError
from services.patrols.checkins.errors import SubmissionContradicts
from services.photos.errors import ChunkOutOfPlace, PhotoNotReady
from services.photos.model import PhotoState
from services.policies.errors import NotReleased
from services.reservations.companions.errors import CompanionKnown
from services.reservations.errors import BookingPaused, QuotaBelowBooked, ReservationMoved, SlotFull
from services.reservations.groups.errors import TooFewPlaces
from services.reservations.releases.errors import DayBooked
from services.venues.model import Channel
from services.webhooks.errors import WebhookMadeBefore
from tests.factories import NOW

TELLING = (
    BookingPaused(NOW),
    ChunkOutOfPlace(0),
    ClientMadeBefore("cli_1"),
    CompanionKnown("cpn_1"),
    DayBooked(2),
    NotReleased(NOW),
    PhotoNotReady(PhotoState.RECEIVING),
    QuotaBelowBooked(Channel.GROUP, 12),
    ReservationMoved("rsv_01JD0000000000000000000000"),
    SlotFull(3),
    SubmissionContradicts("chk_1"),
    TooFewPlaces(12),
    WebhookMadeBefore("whk_1"),
)


def kinds_of(family: type[DomainError]) -> Iterator[type[DomainError]]:
    for kind in family.__subclasses__():
        yield kind
        yield from kinds_of(kind)


def test_a_problem_has_no_field_that_its_schema_lacks() -> None:
    for refusal in TELLING:
        problem = problem_of(refusal, language="zh", request_id="r")
        assert problem.keys() <= ProblemSchema().fields.keys()
        assert refusal.extra.keys() <= problem.keys()


def test_every_refusal_that_tells_more_is_tried() -> None:
    assert routes.API_ROUTES  # whatever can be refused is imported
    telling = {
        kind for kind in kinds_of(DomainError) if "extra" in vars(kind) and kind.__module__.startswith("services")
    }
    assert telling == {type(refusal) for refusal in TELLING}

"""Releases of days whose places are drawn, the requests for them, and what a draw is made of."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from services.common.model import IdempotentRequest
from services.identity.model import Actor
from services.reservations.model import ProtectedVisitor, Visitor

MOST_CHOICES = 5


class ReleaseState(StrEnum):
    """How far a release is.

    Until it is `frozen` requests may come and go; then its pool is public. Once `drawn`, so are seed and result, and
    what was drawn becomes bookings. When that is `settled`, all can book what is left.
    """

    OPEN = "open"
    FROZEN = "frozen"
    DRAWN = "drawn"
    SETTLED = "settled"


class RequestState(StrEnum):
    """What became of a request. `forfeited`: it was drawn, and its places could not be booked any more."""

    PENDING = "pending"
    WON = "won"
    LOST = "lost"
    FORFEITED = "forfeited"


@dataclass(frozen=True, kw_only=True)
class PublicSource:
    """A figure that somebody outside announces on a day after the close: a lottery's number, a closing index."""

    name: str
    announced_on: date


@dataclass(frozen=True, kw_only=True)
class Beacon:
    """What nobody could foresee when the pool was frozen; None for what had not come in time.

    `checkpoint` is the note of the first checkpoint after the freeze that has more leaves than the last one before it,
    in C2SP signed-note: one of a log that stands still would say what was known before.
    """

    checkpoint: str | None
    public_value: str | None


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A published JSON text that is too long for one document: its SHA-256 in hexadecimal, and its pieces."""

    sha256: str
    pieces: int


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """What was fixed at the close: the pool, and which checkpoint of the log was the last one then (0: none)."""

    pool: Paper
    requests: int
    last_checkpoint: int
    frozen_at: datetime


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """The draw: what it was made of, and its result; seed in hexadecimal. `won` and `lost` count requests."""

    seed: str
    beacon: Beacon
    result: Paper
    won: int
    lost: int
    drawn_at: datetime


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What became of the winners: the tickets whose places could not be booked, each with the code of the reason."""

    forfeited: tuple[tuple[str, str], ...]
    settled_at: datetime


@dataclass(frozen=True, kw_only=True)
class Release:
    """A day of a venue whose places are drawn; a venue and a day have one release at most.

    `seed_sha256` is the commitment to the sealed seed. `cursor` counts the places in the order of the draw that are
    dealt with. `version` counts the changes: whoever changes a release names the version that they saw.
    """

    id: str
    venue_id: str
    visit_on: date
    requests_open_at: datetime
    requests_close_at: datetime
    draw_at: datetime
    source: PublicSource | None
    seed_sha256: str
    sealed_seed: bytes = field(repr=False)
    state: ReleaseState
    made_at: datetime
    made_by: str
    public_value: str | None = None
    frozen: Frozen | None = None
    drawn: Drawn | None = None
    cursor: int = 0
    settled: Settled | None = None
    version: int = 1


@dataclass(frozen=True, kw_only=True)
class DrawRequest:
    """A party's wish for places in one of `choices`, the dearest first.

    `ticket` is what the pool shows of it: a hash of its id and `salt`, which only its citizen is told. `closes_at` is
    the end of the time for requests. Once it is dealt with, nothing is kept of who the visitors are, and at `forget_at`
    nothing at all.
    """

    id: str
    release_id: str
    citizen_id: str
    venue_id: str
    ticket: str
    salt: str = field(repr=False)
    choices: tuple[str, ...]
    party_size: int
    visitors: tuple[ProtectedVisitor, ...] = field(repr=False)
    contact_phone: bytes | None = field(repr=False)
    made_at: datetime
    closes_at: datetime
    forget_at: datetime
    state: RequestState = RequestState.PENDING
    slot_id: str | None = None
    reservation_id: str | None = None
    refusal: str | None = None


@dataclass(frozen=True, kw_only=True)
class MakeRelease:
    """Staff mark a day."""

    actor: Actor
    venue_id: str
    visit_on: date
    requests_open_at: datetime
    requests_close_at: datetime
    draw_at: datetime
    source: PublicSource | None
    request: IdempotentRequest | None


@dataclass(frozen=True, kw_only=True)
class AskForPlaces:
    """A citizen hands in a request."""

    citizen_id: str
    release_id: str
    choices: tuple[str, ...]
    visitors: tuple[Visitor, ...]
    contact_phone: str | None = field(repr=False)
    request: IdempotentRequest | None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A request as the pool shows it."""

    ticket: str
    party_size: int
    choices: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Lot:
    """A place in the order of the draw: whose it is, and the slot that was drawn for it, None for none."""

    ticket: str
    slot_id: str | None

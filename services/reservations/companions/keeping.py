"""Keeping companions, and putting them into parties."""

import secrets
from collections.abc import Sequence

from services.common.clock import Clock, IdSource
from services.common.errors import FieldError, TooBusy
from services.common.model import IdempotentRequest
from services.common.protection import FieldCipher, KeyedDigest
from services.reservations.companions.errors import (
    CompanionKnown,
    CompanionRefused,
    CompanionsUnknown,
    CompanionUnknown,
    TooManyCompanions,
)
from services.reservations.companions.model import (
    MOST_COMPANIONS,
    ChosenCompanion,
    Companion,
    MaskedCompanion,
    Member,
)
from services.reservations.companions.ports import CompanionStore
from services.reservations.documents_of_identity import find_flaw
from services.reservations.model import ProtectedVisitor, Visitor
from services.reservations.rules import masked_name, masked_number, normal_number, read_identity, write_identity

PREFIX = "cpn"
# Whoever loses a place saw one free that is taken since: that happens to nobody more often than there are places.
TRIES = MOST_COMPANIONS + 1


class Companions:
    """A citizen's list of companions."""

    def __init__(
        self, *, store: CompanionStore, cipher: FieldCipher, digest: KeyedDigest, clock: Clock, ids: IdSource
    ) -> None:
        self._store = store
        self._cipher = cipher
        self._digest = digest
        self._clock = clock
        self._ids = ids

    async def add(self, citizen_id: str, visitor: Visitor, request: IdempotentRequest | None) -> MaskedCompanion:
        """Keep somebody, or return whom the request made before.

        Raises CompanionRefused, CompanionKnown, TooManyCompanions, IdempotencyKeyReused, and CompanionUnknown when
        whom the request made has been deleted since.
        """
        _ensure_right(visitor)
        protected = await self._protect(citizen_id, visitor)
        for _ in range(TRIES):
            made = await self._store.first_answer(request)
            if made is not None:
                return await self._masked(await self._get(citizen_id, made))
            companion = self._draft(citizen_id, protected, await self._store.of(citizen_id))
            if await self._store.add(companion, request):
                return await self._masked(companion)
        raise TooBusy(retry_after_s=1)

    async def all(self, citizen_id: str) -> Sequence[MaskedCompanion]:
        """Return all companions, masked, newest first."""
        found = sorted(await self._store.of(citizen_id), key=lambda one: one.id, reverse=True)
        return [await self._masked(one) for one in found]

    async def delete(self, citizen_id: str, companion_id: str) -> None:
        """Forget somebody; raises CompanionUnknown. Reservations stay as they are."""
        if not await self._store.remove(citizen_id, companion_id):
            raise CompanionUnknown

    async def resolve(self, citizen_id: str, members: Sequence[Member]) -> tuple[Visitor, ...]:
        """Return a party with its companions spelt out, in the same order; raises CompanionsUnknown.

        A party that names none costs nothing.
        """
        visitors = tuple(one for one in members if isinstance(one, Visitor))
        if len(visitors) == len(members):
            return visitors
        own = {one.id: one for one in await self._store.of(citizen_id)}
        unknown = [at for at, one in enumerate(members) if _is_unknown(one, own)]
        if unknown:
            raise CompanionsUnknown(unknown)
        return tuple([await self._spelt_out(one, own) for one in members])

    async def _spelt_out(self, member: Member, own: dict[str, Companion]) -> Visitor:
        if isinstance(member, Visitor):
            return member
        kept = own[member.companion_id].visitor
        name, number = read_identity(await self._cipher.decrypt(kept.identity))
        return Visitor(name=name, id_type=kept.id_type, id_number=number, minor=member.minor)

    def _draft(self, citizen_id: str, visitor: ProtectedVisitor, own: Sequence[Companion]) -> Companion:
        known = next((one for one in own if one.visitor.document_digest == visitor.document_digest), None)
        if known is not None:
            raise CompanionKnown(known.id)
        free = sorted(set(range(MOST_COMPANIONS)) - {one.place for one in own})
        if not free:
            raise TooManyCompanions
        return Companion(
            id=self._ids.new(PREFIX),
            citizen_id=citizen_id,
            # Any of them, so that those who add at the same moment seldom want the same one.
            place=secrets.choice(free),
            visitor=visitor,
            added_at=self._clock.now(),
        )

    async def _get(self, citizen_id: str, companion_id: str) -> Companion:
        found = next((one for one in await self._store.of(citizen_id) if one.id == companion_id), None)
        if found is None:
            raise CompanionUnknown
        return found

    async def _protect(self, citizen_id: str, visitor: Visitor) -> ProtectedVisitor:
        number = normal_number(visitor)
        return ProtectedVisitor(
            identity=await self._cipher.encrypt(write_identity(visitor.name, number)),
            id_type=visitor.id_type,
            document_digest=self._digest.of("companion", citizen_id, visitor.id_type, number),
        )

    async def _masked(self, companion: Companion) -> MaskedCompanion:
        kept = companion.visitor
        name, number = read_identity(await self._cipher.decrypt(kept.identity))
        return MaskedCompanion(
            id=companion.id,
            name=masked_name(name),
            id_type=kept.id_type,
            id_number=masked_number(number),
            added_at=companion.added_at,
        )


def _is_unknown(member: Member, own: dict[str, Companion]) -> bool:
    return isinstance(member, ChosenCompanion) and member.companion_id not in own


def _ensure_right(visitor: Visitor) -> None:
    flaw = find_flaw(visitor.id_type, normal_number(visitor))
    if flaw is not None:
        raise CompanionRefused(errors=(FieldError(path="id_number", code=flaw.code, detail=flaw.detail),))

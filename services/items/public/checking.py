"""The public check: a code in, all that anybody may know out."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from qr.errors import CodeRefused
from qr.item_code import ItemCode, ItemKeyring, plain_item_code, read_item_code, readable
from services.common.clock import Clock
from services.common.protection import KeyedDigest
from services.items.model import ItemState, ItemType
from services.items.public.counting import Counting
from services.items.public.model import Answer, Checked, PublicItem, Verdict, Visit
from services.items.public.ports import Repeats, TypesById
from services.items.public.proving import ItemProofs
from services.items.public.rules import previous_check, shown_attributes, state_of, warnings_of

LINK_PATH = "/i/"
TYPE_KNOWN_FOR = timedelta(seconds=10)
MOST_TYPES_KNOWN = 1000
# One offset and no summer time since 1991 (IANA tz database).
_CITY_TIME = timezone(timedelta(hours=8))


@dataclass(frozen=True, kw_only=True)
class _KnownType:
    type: ItemType | None
    until: datetime


class PublicChecks:
    """Answers anybody; keeps counts and nothing of who asked."""

    def __init__(
        self,
        *,
        keyring: ItemKeyring,
        counting: Counting,
        types: TypesById,
        proofs: ItemProofs,
        repeats: Repeats,
        digest: KeyedDigest,
        clock: Clock,
    ) -> None:
        self.counting = counting
        self._keyring = keyring
        self._types = types
        self._proofs = proofs
        self._repeats = repeats
        self._digest = digest
        self._clock = clock
        self._known_types: dict[str, _KnownType] = {}

    async def look(self, text: str) -> Answer:
        """Return what `check` would, without counting."""
        return await self._answer(text, None)

    async def check(self, text: str, visit: Visit) -> Answer:
        """Return what is known of the code, or of the link around it, and count the check.

        The same address and item within ten minutes count once. Raises TooBusy or DatabaseUnavailable.
        """
        return await self._answer(text, visit)

    async def _answer(self, text: str, visit: Visit | None) -> Answer:
        plain = text.rpartition(LINK_PATH)[2]
        try:
            item_id = read_item_code(plain, self._keyring).item_id
        except CodeRefused:
            return Answer(verdict=Verdict.NOT_GENUINE)
        if visit is not None and not await self._repeats.claim(self._digest.of("item-check", visit.address, item_id)):
            visit = None
        checked = await self.counting.see(item_id, visit)
        code = readable(ItemCode(plain_item_code(plain)))
        if checked is None:
            return Answer(verdict=Verdict.NOT_ACTIVATED, code=code)
        return Answer(verdict=Verdict.GENUINE, code=code, item=await self._shown(checked))

    async def _shown(self, checked: Checked) -> PublicItem:
        item, checks, previous = checked.item, checked.checks, previous_check(checked.checks)
        item_type = None if item.type_id is None else await self._type(item.type_id)
        return PublicItem(
            type_name=None if item_type is None else item_type.name,
            type_name_en=None if item_type is None else item_type.name_en,
            name=None if item.state is ItemState.VOID else item.name,
            attributes=[] if item_type is None else shown_attributes(item, item_type),
            state=state_of(item),
            warnings=warnings_of(item, checks, self._clock.now()),
            first_checked_at=checks.first_checked_at,
            checks=checks.count,
            last_checked_on=None if previous is None else previous.astimezone(_CITY_TIME).date(),
            proof=await self._proofs.of(item.last_index),
        )

    async def _type(self, type_id: str) -> ItemType | None:
        now = self._clock.now()
        known = self._known_types.get(type_id)
        if known is None or known.until < now:
            if len(self._known_types) >= MOST_TYPES_KNOWN:
                self._known_types.clear()
            known = _KnownType(type=await self._types.find(type_id), until=now + TYPE_KNOWN_FOR)
            self._known_types[type_id] = known
        return known.type

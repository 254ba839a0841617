"""Batches: asking for codes, and finding what was asked for."""

from collections.abc import Callable, Sequence

from qr.item_code import batch_id_of
from services.common.clock import Clock, IdSource
from services.common.errors import TooBusy
from services.common.model import IdempotentRequest, Page
from services.common.pages import make_cursor, read_cursor
from services.identity.model import Actor, Scope
from services.items.errors import ItemBatchNotMinted, ItemBatchUnknown, ItemTypeOutOfReach
from services.items.minting import mint_job
from services.items.model import ItemBatch
from services.items.ports import BatchStore, NumberTaken
from services.items.types import ItemTypes
from services.jobs.model import Job, JobState
from services.jobs.steering import Steering
from services.venues.scopes import Scopes, own_scope, scope_name, scope_names

NUMBERS_TRIED = 60
LIST_NAME = "item batches"
FIRST_WINDOW_S = 7 * 86_400
EARLIEST_NUMBER = 1_767_225_600  # 2026-01-01, before there was any


class ItemBatches:
    """Batches of the actor's scope, and those within it."""

    def __init__(
        self,
        *,
        store: BatchStore,
        types: ItemTypes,
        scopes: Scopes,
        jobs: Steering,
        kid: int,
        clock: Clock,
        ids: IdSource,
        wake: Callable[[], None],
    ) -> None:
        """Mint under the key `kid`; call `wake` when there is a new job."""
        self._store = store
        self._types = types
        self._scopes = scopes
        self._jobs = jobs
        self._kid = kid
        self._clock = clock
        self._ids = ids
        self._wake = wake

    async def mint(
        self, actor: Actor, type_id: str, quantity: int, owner: Scope | None, request: IdempotentRequest | None
    ) -> ItemBatch:
        """Return a new batch whose codes are being made, or the first answer to a repeated request.

        Raises ItemTypeUnknown, OwnerMissing, OwnerUnknown, ItemTypeOutOfReach, IdempotencyKeyReused, or TooBusy when
        all numbers of the coming minute are taken.
        """
        item_type = await self._types.get(actor, type_id)
        belongs_to = owner or own_scope(actor)
        seen_by = await self._scopes.seen_by_within(actor, belongs_to)
        if scope_name(item_type.owner) not in seen_by:
            raise ItemTypeOutOfReach
        now = self._clock.now()
        for number in range(int(now.timestamp()), int(now.timestamp()) + NUMBERS_TRIED):
            batch = ItemBatch(
                id=batch_id_of(number),
                number=number,
                kid=self._kid,
                type_id=item_type.id,
                owner=belongs_to,
                seen_by=seen_by,
                quantity=quantity,
                job_id=self._ids.new("job"),
                created_at=now,
            )
            try:
                kept = await self._store.add(batch, mint_job(batch), request)
            except NumberTaken:
                continue
            self._wake()
            return kept
        raise TooBusy(retry_after_s=1)

    async def get(self, actor: Actor, batch_id: str) -> tuple[ItemBatch, Job]:
        """Return a batch and the job that mints it; raises ItemBatchUnknown."""
        batch = await self._store.find(batch_id)
        if batch is None or not set(batch.seen_by) & set(scope_names(actor)):
            raise ItemBatchUnknown
        return batch, await self._jobs.get(batch.job_id, batch.seen_by)

    async def get_minted(self, actor: Actor, batch_id: str) -> ItemBatch:
        """Return a batch whose codes are all made; raises ItemBatchUnknown or ItemBatchNotMinted."""
        batch, job = await self.get(actor, batch_id)
        if job.state is not JobState.DONE:
            raise ItemBatchNotMinted
        return batch

    async def list(self, actor: Actor, type_id: str | None, limit: int, after: str | None) -> Page[ItemBatch]:
        """Return a page of the actor's batches, newest first, of one type unless None."""
        until = int(self._clock.now().timestamp()) + NUMBERS_TRIED + 1
        if after is not None:
            until = min(until, int(read_cursor(after, LIST_NAME, (int,))[0]))
        found = await self._newest(scope_names(actor), type_id, limit + 1, until)
        following = make_cursor(LIST_NAME, found[limit - 1].number) if len(found) > limit else None
        return Page(items=found[:limit], next=following)

    async def _newest(self, scopes: Sequence[str], type_id: str | None, wanted: int, until: int) -> Sequence[ItemBatch]:
        """Return the newest batches before `until`: looks at a week, then at twice as long, until there are enough."""
        found: dict[int, ItemBatch] = {}
        window = FIRST_WINDOW_S
        while len(found) < wanted and until > EARLIEST_NUMBER:
            since = max(EARLIEST_NUMBER, until - window)
            for scope in scopes:
                batches = await self._store.numbered_between(scope, type_id, since, until)
                found.update((batch.number, batch) for batch in batches)
            until, window = since, window * 2
        return [found[number] for number in sorted(found, reverse=True)][:wanted]

"""Drafts: what a phone has not sent yet, kept for it in case it is lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.common.clock import Clock
from services.common.errors import FieldError
from services.common.protection import FieldCipher
from services.identity.model import Actor
from services.patrols.checkins.ports import CheckInStore
from services.patrols.checkins.rules_submission import submission_key
from services.patrols.day.errors import DraftInvalid, DraftsUsedUp, DraftUnknown
from services.patrols.day.model import SavedDraft, SealedDraft
from services.patrols.day.ports import DraftStore
from services.transparency.commitment import NotCanonical, canonical, read_value

KEPT = timedelta(days=14)
LARGEST_BYTES = 64 * 1024
MOST_DRAFTS = 50


@dataclass(frozen=True, kw_only=True)
class SaveDraft:
    """A wish to keep a draft as the phone had it at `saved_at`."""

    submission_id: str
    content: Mapping[str, Any]
    saved_at: datetime


class Drafts:
    """Keeps drafts, each for its own account alone; also `services.patrols.checkins.ports.DraftBin`."""

    def __init__(self, *, store: DraftStore, check_ins: CheckInStore, cipher: FieldCipher, clock: Clock) -> None:
        self._store = store
        self._check_ins = check_ins
        self._cipher = cipher
        self._clock = clock

    async def save(self, actor: Actor, command: SaveDraft) -> SavedDraft:
        """Keep a draft, unless a later one is kept; return the one that is.

        One whose check-in has arrived is answered as if it were kept, and is not. Raises DraftInvalid, DraftsUsedUp.
        """
        text, now = _spelled(command.content), self._clock.now()
        key = submission_key(actor.id, command.submission_id)
        draft = SealedDraft(
            id=key,
            account_id=actor.id,
            submission_id=command.submission_id,
            sealed_content=await self._cipher.encrypt(text),
            # A clock that is ahead must not keep later drafts out.
            saved_at=min(command.saved_at, now),
            forgotten_at=now + KEPT,
        )
        if await self._check_ins.known(key) is not None:
            await self._store.remove(actor.id, command.submission_id)
            return await self._opened(draft)
        present = await self._store.of_account(actor.id)
        if len(present) >= MOST_DRAFTS and key not in {one.id for one in present}:
            raise DraftsUsedUp
        return await self._opened(await self._store.put(draft))

    async def list(self, actor: Actor) -> Sequence[SavedDraft]:
        """Return the actor's drafts, the latest first."""
        found = sorted(await self._store.of_account(actor.id), key=lambda one: (one.saved_at, one.id), reverse=True)
        return [await self._opened(one) for one in found]

    async def remove(self, actor: Actor, submission_id: str) -> None:
        """Remove a draft of the actor; raises DraftUnknown."""
        if not await self._store.remove(actor.id, submission_id):
            raise DraftUnknown

    async def discard(self, account_id: str, submission_id: str) -> None:
        """Remove the draft, if there is one."""
        await self._store.remove(account_id, submission_id)

    async def _opened(self, draft: SealedDraft) -> SavedDraft:
        return SavedDraft(
            submission_id=draft.submission_id,
            content=read_value(await self._cipher.decrypt(draft.sealed_content)),
            saved_at=draft.saved_at,
            forgotten_at=draft.forgotten_at,
        )


def _spelled(content: Mapping[str, Any]) -> str:
    try:
        spelled = canonical(content)
    except (NotCanonical, RecursionError):
        detail = "this content cannot be kept exactly"
        raise DraftInvalid(errors=(FieldError(path="content", code="invalid_format", detail=detail),)) from None
    if len(spelled) > LARGEST_BYTES:
        detail = f"at most {LARGEST_BYTES} bytes of JSON"
        values = (str(LARGEST_BYTES),)
        raise DraftInvalid(errors=(FieldError(path="content", code="too_long", detail=detail, values=values),))
    return spelled.decode()

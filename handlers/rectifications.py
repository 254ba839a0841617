"""What the owner of an outlet sees and answers by the link of a notice: for the mini-program, as JSON."""

from collections.abc import Awaitable
from typing import Any, TypeVar

from handlers.context import Limit
from handlers.findings import JPEG
from handlers.operation import ApiHandler, Operation, operation
from handlers.photos import (
    ABOUT_BEGINNING,
    ABOUT_CHUNKS,
    BEGIN_REFUSALS,
    CHUNK,
    CHUNK_REFUSALS,
    PICTURE_REFUSALS,
    PublicChunkHandler,
    begin_upload,
    send_picture,
)
from handlers.schemas.findings import AnswerSchema, RectificationSchema
from handlers.schemas.photos import BeginPhotoSchema, ChunkQuery, PhotoProgressSchema
from services.common.errors import TooBusy
from services.patrols.errors import PatrolsContended
from services.patrols.findings import errors
from services.patrols.findings.rectifying import AnswerFinding, Rectification
from services.photos.model import Photo

TAG = "Rectification"

T = TypeVar("T")


class LinkedHandler(ApiHandler):
    """Serves whoever has a link, and slows down who guesses."""

    async def behind_link(self, work: Awaitable[T]) -> T:
        """Return what comes of `work`; a link that leads nowhere is counted."""
        try:
            return await work
        except errors.RectificationUnknown:
            await self.limit(Limit.PUBLIC_MISSES_ADDRESS, self.address, closed=False)
            raise


def shown_rectification(one: Rectification) -> dict[str, Any]:
    """Return a rectification as the wire has it."""
    finding, site = one.finding, one.site
    return {
        **vars(finding),
        "notice_number": "" if finding.notice is None else finding.notice.number,
        "site_name": site.name,
        "site_name_en": site.name_en,
        "answerable": one.answerable,
        "overdue": one.overdue,
        "before": one.before,
    }


class RectificationHandler(LinkedHandler):
    """`/rectifications/{token}`."""

    @operation(
        Operation(
            summary="See what has to be put right",
            description="For whoever has the link of a notice, without logging in.",
            tag=TAG,
            reply=RectificationSchema,
            refusals=(errors.RectificationUnknown,),
        )
    )
    async def get(self, token: str) -> dict[str, Any]:
        """Return what the owner may see."""
        return shown_rectification(await self.behind_link(self.services.patrols.findings.rectifying.look(token)))


class RectificationAnswersHandler(LinkedHandler):
    """`/rectifications/{token}/answers`."""

    @operation(
        Operation(
            summary="Answer a notice",
            description="Name photos by the SHA-256 of their files, and send them before or after. The same answer "
            "once more changes nothing; another one adds to it.",
            tag=TAG,
            body=AnswerSchema,
            reply=RectificationSchema,
            refusals=(
                errors.RectificationUnknown,
                errors.FindingOver,
                errors.AnswersUsedUp,
                PatrolsContended,
                TooBusy,
            ),
        )
    )
    async def post(self, token: str, content: dict[str, Any]) -> dict[str, Any]:
        """Record an answer."""
        photos = tuple(dict.fromkeys(content["photos"]))
        command = AnswerFinding(token=token, text=content["text"], photos=photos)
        return shown_rectification(await self.behind_link(self.services.patrols.findings.rectifying.answer(command)))


class RectificationPhotoHandler(LinkedHandler):
    """`/rectifications/{token}/photos/{photo_id}`."""

    @operation(
        Operation(
            summary="See a photo of what has to be put right",
            description="Of how it was found, or of an answer; without metadata. For whoever has the link.",
            tag=TAG,
            media_type=JPEG,
            refusals=(errors.RectificationUnknown, *PICTURE_REFUSALS),
        )
    )
    async def get(self, token: str, photo_id: str) -> None:
        """Answer with a small picture."""
        picture = await self.behind_link(self.services.patrols.findings.rectifying.picture(token, photo_id))
        send_picture(self, picture)


class RectificationPhotosHandler(LinkedHandler):
    """`/rectifications/{token}/photos`."""

    @operation(
        Operation(
            summary="Begin to send a photo of an answer",
            description=ABOUT_BEGINNING,
            tag=TAG,
            body=BeginPhotoSchema,
            reply=PhotoProgressSchema,
            refusals=(errors.RectificationUnknown, errors.FindingOver, *BEGIN_REFUSALS),
        )
    )
    async def post(self, token: str, content: dict[str, Any]) -> Photo:
        """Begin, or tell how far it is."""
        finding = await self.behind_link(self.services.patrols.findings.rectifying.get_answerable(token))
        return await begin_upload(self, content, finding.id)


class RectificationChunksHandler(LinkedHandler, PublicChunkHandler):
    """`/rectifications/{token}/photos/{photo_id}/chunks`."""

    async def come_in(self) -> None:
        """Look for the link, too."""
        await super().come_in()
        await self.behind_link(self.services.patrols.findings.rectifying.get_answerable(self.path_args[0]))

    @operation(
        Operation(
            summary="Send a chunk of a photo of an answer",
            description=ABOUT_CHUNKS,
            tag=TAG,
            query=ChunkQuery,
            file=CHUNK,
            reply=PhotoProgressSchema,
            refusals=(errors.RectificationUnknown, errors.FindingOver, *CHUNK_REFUSALS),
        )
    )
    async def post(self, _: str, photo_id: str, content: bytes) -> Photo:
        """Receive a chunk."""
        return await self.add_chunk(photo_id, content)

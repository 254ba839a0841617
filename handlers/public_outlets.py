"""The public check of a plate: for the mini-program as JSON; `handlers.outlet_pages` has the page for other phones."""

from handlers.context import Limit
from handlers.operation import ApiHandler, Operation, operation
from handlers.public_items import TAG
from handlers.schemas.public_outlets import PublicPlateQuery, PublicPlateSchema
from services.patrols.plates.model import PlateVerdict
from services.patrols.public.model import PlateAnswer
from services.venues.model import GeoPoint


class PlateCheckHandler(ApiHandler):
    """Checks plates for anybody, and slows down who guesses codes."""

    async def checked(self, code: str, near: GeoPoint | None) -> PlateAnswer:
        """Return the answer to a scan; raises RateLimited for too many codes that are not ours."""
        answer = await self.services.patrols.public.check(code, near)
        if answer.verdict is PlateVerdict.FORGED:
            await self.limit(Limit.PUBLIC_MISSES_ADDRESS, self.address, closed=False)
        return answer


class PublicOutletHandler(PlateCheckHandler):
    """`/public/outlets/{code}`."""

    @operation(
        Operation(
            summary="Check the plate of an outlet or a venue",
            description="For anybody, without logging in: whether the plate is ours and still in use, which outlet or "
            "venue it belongs to, its licence, and what the latest check came to. With `near`, a plate that hangs "
            "elsewhere is told. Nothing is kept of who asks. Too many codes from one address that are not ours "
            "answer 429.",
            tag=TAG,
            query=PublicPlateQuery,
            reply=PublicPlateSchema,
        )
    )
    async def get(self, code: str) -> PlateAnswer:
        """Return what anybody may know."""
        near = self.parameters["near"]
        lng, lat = (None, None) if near is None else (float(part) for part in near.split(","))
        return await self.checked(code, None if lng is None or lat is None else GeoPoint(lng=lng, lat=lat))

"""The public check of an item's code: for the mini-program as JSON, for any other phone as a page."""

from handlers.context import Limit
from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.public_items import PublicCheckSchema, PublicItemQuery
from services.common.errors import TooBusy
from services.items.public.model import Answer, Cell, Verdict, Visit
from services.items.public.rules import cell_of

TAG = "Public checks"


class PublicCheckHandler(ApiHandler):
    """Checks codes for anybody, and slows down who guesses them."""

    async def checked(self, code: str, cell: Cell | None) -> Answer:
        """Return the answer to a check; a HEAD only looks. Raises RateLimited for too many codes that are not ours."""
        public = self.services.items.public
        if self.request.method == "HEAD":
            answer = await public.look(code)
        else:
            answer = await public.check(code, Visit(address=self.address, cell=cell))
        if answer.verdict is Verdict.NOT_GENUINE:
            await self.limit(Limit.PUBLIC_MISSES_ADDRESS, self.address, closed=False)
        return answer


class PublicItemHandler(PublicCheckHandler):
    """`/public/items/{code}`."""

    @operation(
        Operation(
            summary="Check an item's code",
            description="For anybody, without logging in: whether the code is ours, what it stands for, how often it "
            "was checked, and the proof. The code as printed or typed: case, hyphens, and o for 0 do not matter. "
            "Nothing is kept of who asks. Too many codes from one address that are not ours answer 429.",
            tag=TAG,
            query=PublicItemQuery,
            reply=PublicCheckSchema,
            refusals=(TooBusy,),
        )
    )
    async def get(self, code: str) -> Answer:
        """Return what anybody may know."""
        near = self.parameters["near"]
        cell = None if near is None else cell_of(*(float(part) for part in near.split(",")))
        return await self.checked(code, cell)

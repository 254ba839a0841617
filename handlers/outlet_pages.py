"""The page that opens when any phone scans a plate."""

from urllib.parse import quote

from handlers.check_pages import CheckPageHandler, NoCheckPageHandler, content_security_policy, read_style
from handlers.context import Limit
from handlers.operation import ANSWER_WITHIN_S
from handlers.outlet_page_texts import plate_texts
from handlers.outlet_page_words import WORDS
from handlers.public_outlets import PlateCheckHandler
from services.common.deadlines import deadline


class OutletPage(CheckPageHandler):
    """What all pages below `/o` share."""

    words = WORDS
    style = read_style("check.css", "forms.css")
    policy = content_security_policy(style, forms="'self'")


class OutletPageHandler(OutletPage, PlateCheckHandler):
    """`/o/{code}`, which every plate's QR code leads to."""

    async def get(self, code: str) -> None:
        """Show what anybody may know; parameters that others add to links do not matter."""
        with self.services.under_way, deadline(ANSWER_WITHIN_S):
            await self.while_listened_to(self._show(code))

    async def _show(self, code: str) -> None:
        await self.limit(Limit.ADDRESS, self.address, closed=False)
        answer = await self.checked(code, None)
        texts = plate_texts(answer, self.language)
        self.show_page("outlet.html", answer=answer, code=own_part(code), **texts)


class NoOutletPageHandler(OutletPage, NoCheckPageHandler):
    """Any other address below `/o`."""


def own_part(code: str) -> str:
    """Return the code for a link of ours: of a whole link as a code, only what is not another's address."""
    return quote(code.rpartition("/")[2].partition("?")[0].partition("#")[0], safe="")

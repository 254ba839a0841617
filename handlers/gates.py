"""What a gate needs to go on without network."""

from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.gates import OfflinePackQuery
from services.admissions.packs.errors import PackDayRefused
from services.admissions.packs.model import PackWish
from services.common.errors import TooBusy
from services.identity.model import Role
from services.venues.errors import GateUnknown

BINARY = "application/octet-stream"
NOT_MODIFIED = 304


class OfflinePackHandler(ApiHandler):
    """`/gates/{gate_id}/offline-pack`."""

    @operation(
        Operation(
            summary="Fetch a gate's offline pack",
            description="For enrolled devices and staff of the venue: all that one gate must know to decide on a day "
            "without network, signed, in the format of docs/codes.md. It holds all that was kept when you asked. "
            "Fetch one when the gate opens, when a network is back, and every few minutes between. With "
            "`If-None-Match` and the `ETag` of your pack, 304 says that nothing has changed: yours stays good until "
            "it expires.",
            tag="Admissions",
            roles=frozenset({Role.GATE, Role.VENUE_MANAGER}),
            devices=True,
            query=OfflinePackQuery,
            media_type=BINARY,
            refusals=(GateUnknown, PackDayRefused, TooBusy),
        )
    )
    async def get(self, gate_id: str) -> None:
        """Return a pack."""
        wish = PackWish(actor=self.actor, gate_id=gate_id, day=self.parameters["day"], known=self._known_tags())
        pack = await self.services.visits.packs.issue(wish)
        self.set_header("ETag", f'W/"{pack.tag}"')
        self.services.metrics.count_outcome("offline_pack", "unchanged" if pack.content is None else "issued")
        if pack.content is None:
            self.set_status(NOT_MODIFIED)
            self.finish()
        else:
            self.send_file(pack.content, BINARY, "offline-pack.ccp1")

    def _known_tags(self) -> frozenset[str]:
        """Return the tags of If-None-Match (RFC 9110, section 13.1.2), compared weakly."""
        listed = ",".join(self.request.headers.get_list("If-None-Match")).split(",")
        return frozenset(one.strip().removeprefix("W/").strip('"') for one in listed)

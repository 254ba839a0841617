"""What changes an outlet: its details, its end, and its merging with another."""

from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.outlets import MANAGERS, RECORDING, TAG
from handlers.schemas.outlets import (
    ChangeOutletSchema,
    CloseOutletSchema,
    MergeOutletSchema,
    OutletSchema,
    OutletVersionSchema,
)
from services.patrols.outlets import errors
from services.patrols.outlets.model import Outlet
from services.patrols.outlets.registering import ChangeOutlet
from services.venues.errors import OwnerUnknown

ENDING = (errors.OutletUnknown, errors.OutletChanged, errors.OutletNotActive, errors.MergeRefused, *RECORDING)


class OutletChangesHandler(ApiHandler):
    """`/outlets/{outlet_id}/changes`."""

    @operation(
        Operation(
            summary="Change an outlet",
            description="Fields that are not named stay. Refused with `outlet_changed` when `version` is not the "
            "present one: read it again, and change that.",
            tag=TAG,
            roles=MANAGERS,
            body=ChangeOutletSchema,
            reply=OutletSchema,
            refusals=(
                errors.OutletUnknown,
                errors.OutletChanged,
                errors.OutletInvalid,
                errors.OutletKeyTaken,
                errors.OutletFollowed,
                OwnerUnknown,
                *RECORDING,
            ),
        )
    )
    async def post(self, outlet_id: str, content: dict[str, Any]) -> Outlet:
        """Change an outlet."""
        command = ChangeOutlet(
            actor=self.actor,
            outlet_id=outlet_id,
            version=content.pop("version"),
            contacts=content.pop("contacts", None),
            changes=content,
        )
        return await self.services.patrols.outlets.register.change(command)


class OutletClosingHandler(ApiHandler):
    """`/outlets/{outlet_id}/close`."""

    @operation(
        Operation(
            summary="Close an outlet",
            description="May be sent again with the same reason.",
            tag=TAG,
            roles=MANAGERS,
            body=CloseOutletSchema,
            reply=OutletSchema,
            refusals=(errors.OutletUnknown, errors.OutletChanged, errors.OutletNotActive, *RECORDING),
        )
    )
    async def post(self, outlet_id: str, content: dict[str, Any]) -> Outlet:
        """Close an outlet."""
        return await self.services.patrols.outlets.ending.close(self.actor, outlet_id, **content)


class OutletReopeningHandler(ApiHandler):
    """`/outlets/{outlet_id}/reopen`."""

    @operation(
        Operation(
            summary="Open a closed outlet again",
            description="It is visited again, and may get a plate. Not for one that was merged into another.",
            tag=TAG,
            roles=MANAGERS,
            body=OutletVersionSchema,
            reply=OutletSchema,
            refusals=(
                errors.OutletUnknown,
                errors.OutletChanged,
                errors.OutletActive,
                errors.MergeRefused,
                *RECORDING,
            ),
        )
    )
    async def post(self, outlet_id: str, content: dict[str, Any]) -> Outlet:
        """Open an outlet again."""
        return await self.services.patrols.outlets.ending.reopen(self.actor, outlet_id, **content)


class OutletMergingHandler(ApiHandler):
    """`/outlets/{outlet_id}/merge`."""

    @operation(
        Operation(
            summary="Merge an outlet into another",
            description="For one outlet that was registered twice. It keeps its plates and history, and points to the "
            "other, which must be active. There are no chains: what has absorbed others is not merged.",
            tag=TAG,
            roles=MANAGERS,
            body=MergeOutletSchema,
            reply=OutletSchema,
            refusals=ENDING,
        )
    )
    async def post(self, outlet_id: str, content: dict[str, Any]) -> Outlet:
        """Merge two outlets."""
        return await self.services.patrols.outlets.ending.merge(
            self.actor, outlet_id, content["into"], content["version"]
        )

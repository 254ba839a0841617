"""Inspectors of the main system: accounts without a password until an operator sets one."""

from collections.abc import Mapping
from typing import Any

from services.common.clock import IdSource
from services.identity.inspectors import Inspectors
from services.identity.model import Role, Scope, ScopeLevel
from services.sync.inbound.errors import NotTaken, Outdated
from services.sync.inbound.model import Arrival, Local, ReferenceKind
from services.sync.inbound.rules import names_city
from services.sync.standard.model import Flaw

PREFIX = "stf"


class InspectorReceiver:
    """Inspectors. One who is gone there is let in no more here; the account stays, since records name it."""

    kind = ReferenceKind.INSPECTOR

    def __init__(self, *, inspectors: Inspectors, ids: IdSource) -> None:
        self._inspectors = inspectors
        self._ids = ids

    def settled(self, key: str, data: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG002 -- the port's
        """Return the data with the divisions in order."""
        return {**data, "division_codes": sorted(data["division_codes"])}

    async def match(self, key: str, data: Mapping[str, Any]) -> str | None:  # noqa: ARG002 -- the port's
        """Return the inspector with this user name; raises NotTaken where it, or one like it, is another's."""
        found = await self._inspectors.find_by_username(data["username"])
        taken = found is not None and (found.role is not Role.INSPECTOR or found.demo)
        if taken or (found is None and await self._inspectors.is_like_another(data["username"])):
            raise NotTaken(Flaw(path="data.username", rule="username_taken"))
        return None if found is None else found.id

    def new_id(self, data: Mapping[str, Any]) -> str:  # noqa: ARG002 -- the port's
        """Return the id of a new account."""
        return self._ids.new(PREFIX)

    async def find(self, local_id: str) -> Local | None:
        """Return the account."""
        found = await self._inspectors.find(local_id)
        if found is None:
            return None
        codes = sorted(scope.id for scope in found.scopes)
        fields = {"username": found.username, "division_codes": codes, "active": found.active}
        return Local(fields=fields, version=None)

    async def receive(self, arrival: Arrival) -> None:
        """Make the account, or change where it stands; raises NotTaken for another user name, Outdated."""
        fields = arrival.fields
        scopes = tuple(_scope(code) for code in fields["division_codes"])
        account = await self._inspectors.find(arrival.local_id)
        if account is None:
            if not await self._inspectors.add(arrival.local_id, fields["username"], scopes):
                raise await self._why_not_added(arrival)
            account = await self._inspectors.find(arrival.local_id)
        if account is None:
            raise Outdated
        if account.username != fields["username"]:
            raise NotTaken(Flaw(path="data.username", rule="username_changed"))
        write = self._inspectors.place if fields["active"] else self._inspectors.deactivate
        if not await write(account, scopes, arrival.fence):
            raise Outdated

    async def _why_not_added(self, arrival: Arrival) -> Exception:
        if await self._inspectors.find(arrival.local_id) is not None:
            return Outdated()
        return NotTaken(Flaw(path="data.username", rule="username_taken"))

    async def end(self, local_id: str, fence: int) -> bool:
        """Let nobody in by the account any more; raises Outdated."""
        account = await self._inspectors.find(local_id)
        if account is not None and not await self._inspectors.deactivate(account, account.scopes, fence):
            raise Outdated
        return True


def _scope(code: str) -> Scope:
    return Scope(level=ScopeLevel.CITY if names_city(code) else ScopeLevel.DISTRICT, id=code)

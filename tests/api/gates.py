"""Gate devices under test: enrolled as a turnstile would, and asking by their own token."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from nacl.signing import SigningKey

from tests.api.house import Caller, House, accepted, unique


def wire_key(key: SigningKey) -> str:
    """Return the public half of a device's key as it is sent."""
    return base64.urlsafe_b64encode(bytes(key.verify_key)).decode().rstrip("=")


def device_time(behind: timedelta = timedelta()) -> str:
    """Return what a clock says that is so far behind."""
    return (datetime.now(UTC) - behind).isoformat(timespec="milliseconds")


class Device(Caller):
    """An enrolled device: its id, its key, and what it was told."""

    def __init__(self, client: httpx.AsyncClient, enrolled: dict[str, Any], key: SigningKey) -> None:
        super().__init__(client, enrolled)
        self.id, self.key, self.enrolled = str(enrolled["device_id"]), key, enrolled

    async def beat(self, **said: Any) -> httpx.Response:
        """Send a heartbeat."""
        return await self.post("/gate-devices/heartbeat", json={"device_time": device_time(), "queued": 0} | said)


async def invited(house: House, manager: Caller, venue_id: str | None = None) -> dict[str, Any]:
    """Return an invitation to the example venue, or another."""
    path = f"/venues/{venue_id or house.venue['id']}/gate-devices"
    answer: dict[str, Any] = accepted(await manager.post(path, json={"name": unique("示例闸机")}), 201)
    return answer


async def enrol(house: House, code: str, **said: Any) -> httpx.Response:
    """Show a code, with a key of somebody's unless one is given."""
    wish = {"enrolment_code": code, "public_key": wire_key(SigningKey.generate()), "device_time": device_time()}
    return await house.nobody.post("/gate-devices/enrol", json=wish | said)


async def new_device(house: House, manager: Caller, venue_id: str | None = None) -> Device:
    """Return a device that has just enrolled."""
    key = SigningKey.generate()
    code = (await invited(house, manager, venue_id))["enrolment_code"]
    return Device(house.client, accepted(await enrol(house, code, public_key=wire_key(key))), key)


async def revoke(manager: Caller, device_id: str, reason: str = "stolen") -> httpx.Response:
    return await manager.post(f"/gate-devices/{device_id}/revoke", json={"reason": reason})

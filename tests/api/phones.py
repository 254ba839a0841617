"""A phone that sends photos over HTTP."""

from collections.abc import Mapping
from typing import Any

from tests.api.house import Caller, accepted
from tests.photos import CHUNK, sum_of

OCTETS = {"Content-Type": "application/octet-stream"}


class Phone:
    """Sends photos over HTTP."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller

    async def begin(self, file: bytes, *, named: str | None = None) -> Mapping[str, Any]:
        wish = {"sha256": named or sum_of(file), "size": len(file)}
        answer: Mapping[str, Any] = accepted(await self.caller.post("/photos", json=wish))
        return answer

    async def chunk(self, name: str, offset: int, content: bytes) -> Any:
        return await self.caller.post(
            f"/photos/{name}/chunks", params={"offset": offset}, content=content, headers=OCTETS
        )

    async def send(self, file: bytes, *, chunk: int = CHUNK) -> Mapping[str, Any]:
        """Send what is missing of a file, as a client should: going on where it is told to."""
        progress = await self.begin(file)
        while progress["state"] == "receiving":
            offset = progress["received"]
            answer = await self.chunk(sum_of(file), offset, file[offset : offset + chunk])
            if answer.status_code == 409 and answer.json()["code"] == "chunk_out_of_place":
                progress = {"state": "receiving", "received": answer.json()["received"]}
            else:
                progress = accepted(answer)
        return progress

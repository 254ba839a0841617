"""The load generator, a process of its own: sends a plan over many connections and times every answer.

It shares the machine with what it measures, so it does as little as possible for each request: prebuilt bytes, one
write, and a look at the status line and the length of the answer. It says `ready` once all connections are open and
warm, starts at the line `go`, writes its sheet, says `done`, and keeps the connections open until its input ends.
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

import uvloop

HOST = "127.0.0.1"
LENGTH = b"Content-Length: "
BROKEN = 0
OPENED_AT_ONCE = 200


class Sheet:
    """What came of some requests: status, and seconds from the start to sending and to the answer's last byte."""

    def __init__(self, lines: int) -> None:
        self.started = time.perf_counter()
        self.statuses: list[int] = []
        self.sent: list[float] = []
        self.answered: list[float] = []
        self._left = lines
        self.finished = asyncio.get_running_loop().create_future()

    def note(self, status: int, sent: float) -> None:
        """Write down one answer."""
        self.statuses.append(status)
        self.sent.append(sent - self.started)
        self.answered.append(time.perf_counter() - self.started)

    def line_finished(self) -> None:
        """One connection has sent everything."""
        self._left -= 1
        if self._left == 0:
            self.finished.set_result(None)


class Connection(asyncio.Protocol):
    """One keep-alive connection: sends its requests one after the other."""

    def __init__(self) -> None:
        self._transport: asyncio.WriteTransport | None = None
        self._requests: Sequence[bytes] = ()
        self._next = 0
        self._sent = 0.0
        self._pending = b""
        self._sheet: Sheet | None = None

    def begin(self, requests: Sequence[bytes], sheet: Sheet) -> None:
        """Send `requests`, the first at once, or as soon as the connection is open."""
        self._requests, self._sheet, self._next = requests, sheet, 0
        self._sent = time.perf_counter()
        if self._transport is not None:
            self._send()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, if there is something to send already."""
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's own says so only by its methods
        if self._sheet is not None:
            self._transport.write(self._requests[0])

    def _send(self) -> None:
        assert self._transport is not None  # noqa: S101 -- called when it is open
        assert self._sheet is not None  # noqa: S101 -- and begun
        if self._next == len(self._requests):
            sheet, self._sheet = self._sheet, None
            sheet.line_finished()
            return
        self._sent = time.perf_counter()
        self._transport.write(self._requests[self._next])

    def data_received(self, data: bytes) -> None:
        """Note a complete answer and send the next request."""
        if self._pending:
            data = self._pending + data
        end = data.find(b"\r\n\r\n")
        at = data.find(LENGTH, 0, end)
        if end < 0 or at < 0 or len(data) < end + 4 + int(data[at + len(LENGTH) : data.find(b"\r", at)]):
            self._pending = data
            return
        self._pending = b""
        if self._sheet is not None:
            self._sheet.note(int(data[9:12]), self._sent)
            self._next += 1
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 -- asyncio's signature
        """Note what will never be answered."""
        sheet, self._sheet = self._sheet, None
        if sheet is not None:
            for _ in self._requests[self._next :]:
                sheet.note(BROKEN, self._sent)
            sheet.line_finished()


async def main() -> None:
    """Run the plan in the file named first, and write the sheet to the file named second."""
    plan_file, sheet_file = (Path(name) for name in sys.argv[1:])
    plan = json.loads(plan_file.read_text(encoding="utf-8"))
    warm = [[request.encode() for request in line["warm"]] for line in plan["lines"]]
    timed = [[request.encode() for request in line["timed"]] for line in plan["lines"]]
    connections = [Connection() for _ in timed]
    if plan["opening"] == "before":
        for first in range(0, len(connections), OPENED_AT_ONCE):
            some = slice(first, first + OPENED_AT_ONCE)
            await _open(connections[some], plan["port"])
            await _warm_up(connections[some], warm[some])
    gc.freeze()
    gc.disable()
    print("ready", flush=True)
    if not await asyncio.to_thread(sys.stdin.readline):
        return  # whoever wanted the figures has gone
    sheet = Sheet(len(connections))
    for connection, requests in zip(connections, timed, strict=True):
        connection.begin(requests, sheet)
    if plan["opening"] == "within":
        await _open(connections, plan["port"])
    await sheet.finished
    sheet_file.write_text(json.dumps(_written(sheet)), encoding="utf-8")
    print("done", flush=True)
    await asyncio.to_thread(sys.stdin.readline)


async def _open(connections: Sequence[Connection], port: int) -> None:
    loop = asyncio.get_running_loop()
    await asyncio.gather(*(loop.create_connection(partial(_same, one), HOST, port) for one in connections))


def _same(connection: Connection) -> Connection:
    return connection


async def _warm_up(connections: Sequence[Connection], warm: Sequence[Sequence[bytes]]) -> None:
    sheet = Sheet(len(connections))
    for connection, requests in zip(connections, warm, strict=True):
        connection.begin(requests, sheet)
    await sheet.finished
    refused = sorted({status for status in sheet.statuses if not 200 <= status < 300})  # noqa: PLR2004 -- HTTP's own
    if refused:
        sys.exit(f"the server answered {refused} while warming up")


def _written(sheet: Sheet) -> Mapping[str, Any]:
    return {"statuses": sheet.statuses, "sent": sheet.sent, "answered": sheet.answered}


if __name__ == "__main__":
    uvloop.run(main())

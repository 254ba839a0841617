"""Applying what the main system says of one thing: its fields are taken, ours stay, what differs is written down."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from services.common.clock import Clock
from services.sync.inbound.errors import NotTaken, Outdated
from services.sync.inbound.model import (
    Arrival,
    Cause,
    Conflict,
    FieldOwner,
    Link,
    Local,
    Outcome,
    Reference,
    ReferenceKind,
    RefusedReference,
)
from services.sync.inbound.ownership import owned_by_main
from services.sync.inbound.ports import ConflictStore, LinkStore, Receiver, RefusedStore
from services.sync.inbound.rules import (
    Meeting,
    changed_here,
    conflict_of,
    digest_of,
    districts_named,
    drifted,
    flaws_of,
    id_of,
    key_of,
    ours_differs,
    read_reference,
    version_of,
    with_end,
)
from services.sync.inbound.schemas import InboundSchemas
from services.sync.standard.flaws import MOST_FLAWS
from services.sync.standard.model import Flaw

TRIES = 20
MOST_PENDING = 5
CONTENDED = Flaw(path="$", rule="contended")


class Applying:
    """Takes documents one by one. Each step may be cut short and repeated; of two at once, the newer version stays.

    A thing is claimed by its link, whose fence grows; it is written under that fence, or in the version in which it
    was read after the claim; and the link remembers what was taken, unless it was claimed anew meanwhile.
    """

    def __init__(
        self,
        *,
        schemas: InboundSchemas,
        receivers: Sequence[Receiver],
        links: LinkStore,
        conflicts: ConflictStore,
        refused: RefusedStore,
        clock: Clock,
    ) -> None:
        self._schemas = schemas
        self._receivers = {receiver.kind: receiver for receiver in receivers}
        self._links = links
        self._conflicts = conflicts
        self._refused = refused
        self._clock = clock

    async def take(self, kind: ReferenceKind, document: Mapping[str, Any]) -> Outcome:
        """Take a document, and tell what became of it; raises DatabaseUnavailable."""
        if flaws := flaws_of(kind, document, self._schemas):
            await self._refuse(kind, key_of(document.get("_id")), version_of(document), flaws)
            return Outcome.REFUSED
        reference = read_reference(kind, document)
        for _ in range(TRIES):
            try:
                return await self._take(reference)
            except NotTaken as error:
                await self._refuse(kind, reference.key, reference.version, error.flaws)
                return Outcome.REFUSED
            except Outdated:
                continue
        # Nothing waits for one thing: it is listed, and tried again every night.
        await self._refuse(kind, reference.key, reference.version, [CONTENDED])
        return Outcome.REFUSED

    async def gone(self, kind: ReferenceKind, key: str) -> Outcome:
        """Note that the main system has a thing no more, though it never said so in a version of its own."""
        await self._refused.forget(id_of(kind, key))
        for _ in range(TRIES):
            link = await self._links.find(id_of(kind, key))
            if link is None or link.gone:
                return Outcome.KNOWN
            try:
                return await self._gone(link, None)
            except Outdated:
                continue
        return Outcome.REFUSED

    async def _take(self, reference: Reference) -> Outcome:
        link = await self._links.find(id_of(reference.kind, reference.key))
        if link is not None and reference.version < link.version:
            return Outcome.STALE
        if reference.data is None:
            return await self._taken_out(link, reference)
        if link is not None and link.version == reference.version and not link.gone:
            local = await self._receivers[link.kind].find(link.local_id)
            if link.digest != digest_of(reference.data):
                meeting = self._meeting(link, local, reference)
                await self._note(conflict_of(meeting, Cause.SAME_VERSION, FieldOwner.HERE))
                return Outcome.STALE
            if not drifted(link, local):
                return Outcome.KNOWN
        return await self._received(link, reference, reference.data)

    async def _received(self, seen: Link | None, reference: Reference, data: Mapping[str, Any]) -> Outcome:
        await self._ensure_districts(reference.kind, data)
        receiver = self._receivers[reference.kind]
        settled = receiver.settled(reference.key, data)
        link = await self._claimed(seen or await self._new_link(receiver, reference, settled), seen, settled)
        local = await receiver.find(link.local_id)
        before = link if seen is None else replace(link, pending=seen.pending)
        meeting = self._meeting(before, local, replace(reference, data=settled))
        if local is not None and local.held is not None:
            await self._note(conflict_of(meeting, local.held, FieldOwner.HERE))
        else:
            await self._note(changed_here(meeting, settled))
            await self._note(ours_differs(meeting))
            await self._write(receiver, link, local, settled)
        fields = dict(owned_by_main(link.kind, settled))
        done = replace(link, version=reference.version, digest=digest_of(data), base=fields, pending=(), gone=False)
        await self._finished(done)
        return Outcome.TAKEN

    async def _ensure_districts(self, kind: ReferenceKind, data: Mapping[str, Any]) -> None:
        """Raise NotTaken where nobody has told of a district; what lacks one is tried again when divisions come."""
        divisions = self._receivers[ReferenceKind.DIVISION]
        named = districts_named(kind, data)
        unknown = [path for path, code in named if await divisions.find(code) is None]
        if unknown:
            raise NotTaken(*(Flaw(path=path, rule="division_not_known") for path in unknown[:MOST_FLAWS]))

    async def _write(self, receiver: Receiver, link: Link, local: Local | None, settled: Mapping[str, Any]) -> None:
        # After the thing was read, and before it is written in the version that was read: else an old claim could
        # write over what a newer one has finished.
        if not await self._links.holds(link):
            raise Outdated
        fields = owned_by_main(link.kind, settled)
        await receiver.receive(
            Arrival(key=link.key, local_id=link.local_id, fields=fields, data=settled, seen=local, fence=link.fence)
        )

    async def _new_link(self, receiver: Receiver, reference: Reference, data: Mapping[str, Any]) -> Link:
        local_id = await receiver.match(reference.key, data)
        if local_id is not None and await self._links.of_local(reference.kind, local_id):
            raise NotTaken(Flaw(path="_id", rule="linked_to_another"))
        return Link(
            id=id_of(reference.kind, reference.key),
            kind=reference.kind,
            key=reference.key,
            local_id=local_id or receiver.new_id(data),
            version=0,
            digest="",
            base=None,
            pending=(),
            fence=0,
            gone=False,
        )

    async def _claimed(self, link: Link, seen: Link | None, data: Mapping[str, Any] | None) -> Link:
        about = () if data is None else (dict(owned_by_main(link.kind, data)),)
        claimed = replace(link, fence=link.fence + 1, pending=(*link.pending, *about)[-MOST_PENDING:])
        if not await self._links.claim(claimed, seen):
            raise Outdated
        return claimed

    async def _finished(self, link: Link) -> None:
        if not await self._links.finish(link):
            raise Outdated
        await self._refused.forget(link.id)

    async def _taken_out(self, link: Link | None, reference: Reference) -> Outcome:
        if link is None or (link.gone and link.version == reference.version):
            await self._refused.forget(id_of(reference.kind, reference.key))
            return Outcome.KNOWN
        return await self._gone(link, reference)

    async def _gone(self, seen: Link, reference: Reference | None) -> Outcome:
        """Let the domain do what follows; whatever stays here is a conflict that somebody has to look at."""
        receiver = self._receivers[seen.kind]
        link = await self._claimed(seen, seen, None)
        local, base = await receiver.find(link.local_id), link.base
        if local is not None:
            ended = await receiver.end(link.local_id, link.fence)
            winner = FieldOwner.MAIN if ended else FieldOwner.HERE
            await self._note(conflict_of(self._meeting(link, local, reference), Cause.GONE_THERE, winner))
            after = await receiver.find(link.local_id)
            base = link.base if after is None else with_end(link, local, after)
        version = link.version if reference is None else reference.version
        await self._finished(replace(link, version=version, base=base, gone=True))
        return Outcome.GONE

    def _meeting(self, link: Link, local: Local | None, reference: Reference | None) -> Meeting:
        return Meeting(link=link, local=local, reference=reference, now=self._clock.now())

    async def _note(self, conflict: Conflict | None) -> None:
        if conflict is not None:
            await self._conflicts.note(conflict)

    async def _refuse(self, kind: ReferenceKind, key: str, version: int | None, flaws: Sequence[Flaw]) -> None:
        now = self._clock.now()
        await self._refused.put(
            RefusedReference(
                id=id_of(kind, key),
                kind=kind,
                key=key,
                version=version,
                flaws=tuple(flaws),
                first_seen_at=now,
                seen_at=now,
            )
        )

"""Holding a draw: both parts of the seed come together, and what they choose becomes tasks."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from services.common.aside import aside
from services.common.clock import Clock, IdSource, city_day
from services.common.protection import FieldCipher
from services.identity.model import Actor
from services.patrols.model import Draft, PatrolEvent, PatrolEventKind
from services.patrols.plans.drawing import Pick, draw, picks_content, read_pool, seed_of
from services.patrols.plans.draws import Draws
from services.patrols.plans.errors import DrawDamaged, DrawSettled, DrawTooEarly
from services.patrols.plans.evidence import Evidence
from services.patrols.plans.model import Draw, DrawState, Held, TaskKind, Visit, Visits
from services.patrols.plans.ports import PlanStore
from services.patrols.plans.tasking import TaskMaking, new_tasking
from services.patrols.recording import Recording
from services.transparency.commitment import canonical


class Holding:
    """Holds draws: each once, whatever how many try."""

    def __init__(
        self,
        *,
        draws: Draws,
        store: PlanStore,
        evidence: Evidence,
        making: TaskMaking,
        recording: Recording,
        cipher: FieldCipher,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._draws = draws
        self._store = store
        self._evidence = evidence
        self._making = making
        self._recording = recording
        self._cipher = cipher
        self._clock = clock
        self._ids = ids

    async def hold(self, actor: Actor, draw_id: str, public_value: str) -> Draw:
        """Return the draw as it was held; with the same value it may be asked again.

        Raises DrawUnknown, DrawSettled, DrawTooEarly, DrawNotSigned, DrawDamaged, PatrolsContended.
        """
        held = await self._recording.settle(partial(self._draft, actor, draw_id, public_value))
        await self._making.advance(draw_id)
        return held

    async def _draft(self, actor: Actor, draw_id: str, public_value: str) -> Draft[Draw]:
        found = await self._draws.get(actor, draw_id)
        if found.held is not None and found.held.public_value == public_value:
            return Draft(records=(), events=(), answer=found)
        now = self._clock.now()
        if found.state is not DrawState.COMMITTED:
            raise DrawSettled
        if city_day(now) < found.source.announced_on:
            raise DrawTooEarly
        leaf, signed = await self._evidence.signed(found.id)
        server_seed = await self._cipher.decrypt(found.sealed_seed)
        picks = await self._picks(found, bytes.fromhex(server_seed), public_value)
        held = Held(
            server_seed=server_seed,
            public_value=public_value,
            leaf=leaf,
            checkpoint=signed.note,
            checkpoint_size=signed.checkpoint.size,
            held_at=now,
            held_by=actor.id,
        )
        changed = replace(found, state=DrawState.HELD, held=held, version=found.version + 1)
        visits = _visits(changed, held, picks)
        told = self._told(changed, held, picks)
        return Draft(records=(changed, visits, new_tasking(visits)), events=(told,), answer=changed)

    async def _picks(self, found: Draw, server_seed: bytes, public_value: str) -> Sequence[Pick]:
        kept = await self._store.find_pool(found.id)
        if (
            kept is None
            or hashlib.sha256(kept.text.encode()).hexdigest() != found.pool_digest
            or hashlib.sha256(server_seed).hexdigest() != found.seed_digest
        ):
            raise DrawDamaged
        pool, seed = read_pool(json.loads(kept.text)), seed_of(server_seed, public_value)
        return await aside(len(pool.sites), lambda: draw(pool, seed, found.sites, found.inspectors_per_site))

    def _told(self, changed: Draw, held: Held, picks: Sequence[Pick]) -> PatrolEvent:
        return PatrolEvent(
            id=self._ids.new("evt"),
            kind=PatrolEventKind.DRAW_HELD,
            subject_id=changed.id,
            site_id=None,
            occurred_at=held.held_at,
            told_by=held.held_by,
            data={
                "pool_sha256": changed.pool_digest,
                "server_seed": held.server_seed,
                "public_value_sha256": hashlib.sha256(held.public_value.encode()).hexdigest(),
                "checkpoint_size": held.checkpoint_size,
                "result_sha256": hashlib.sha256(canonical(picks_content(picks))).hexdigest(),
            },
        )


def _visits(changed: Draw, held: Held, picks: Sequence[Pick]) -> Visits:
    return Visits(
        id=changed.id,
        kind=TaskKind.RANDOM,
        site_kind=changed.site_kind,
        template_id=changed.template_id,
        visits=tuple(
            Visit(site_id=one.site_id, assignees=one.inspectors, from_on=changed.from_on, due_on=changed.due_on)
            for one in picks
        ),
        begun_at=held.held_at,
        begun_by=held.held_by,
        version=1,
    )

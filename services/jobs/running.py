"""Runs jobs in a server process, a step of each in turn; what one process leaves behind, another takes up."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.common.clock import Clock
from services.common.errors import DatabaseUnavailable, DomainError
from services.jobs.model import Job, JobState, StepResult
from services.jobs.ports import Defects, JobKind, JobStore
from services.jobs.rules import TRIES, is_free, pause_after

LEASE_S = 10.0
LOOK_EVERY_S = 1.0
GIVE_BACK_WITHIN_S = 2.0
DEFECT = "internal_fault"


@dataclass(kw_only=True, eq=False)
class _Held:
    """A job that this process works on, with how often its step failed in a row, and when to try it again."""

    job: Job
    failures: int = 0
    not_before: datetime


class JobRunner:
    """Takes what nobody works on, under a lease with a fence, and does a step of each job in turn."""

    def __init__(
        self,
        *,
        store: JobStore,
        kinds: Sequence[JobKind],
        clock: Clock,
        tell: Defects,
        lease_s: float = LEASE_S,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        """Renew a lease of `lease_s` with each step; look for jobs of others every `look_every_s`."""
        self._store = store
        self._kinds: Mapping[str, JobKind] = {kind.name: kind for kind in kinds}
        self._clock = clock
        self._tell = tell
        self._lease = timedelta(seconds=lease_s)
        self._look_every_s = look_every_s
        self._held: deque[_Held] = deque()
        self._woken = asyncio.Event()
        self._look_at = 0.0

    def wake(self) -> None:
        """Look for jobs at once: one was just made here."""
        self._woken.set()

    async def run(self) -> None:
        """Work until cancelled, then leave the jobs to others."""
        task = asyncio.current_task()
        try:
            # A cancellation that meets an answer of the database gets lost in the driver (by asyncio.wait_for of
            # Python 3.11, one in eight when tried), so it is asked for.
            while task is not None and not task.cancelling():
                if not await self.work_once():
                    await self._rest()
        finally:
            await self._leave()

    async def work_once(self) -> bool:
        """Take what is free when it is time to look, and do one step; False when none was due."""
        now = asyncio.get_running_loop().time()
        if self._woken.is_set() or now >= self._look_at:
            self._woken.clear()
            self._look_at = now + self._look_every_s
            with suppress(DatabaseUnavailable):
                await self._take_free()
        due = next((held for held in self._held if held.not_before <= self._clock.now()), None)
        if due is None:
            return False
        self._held.remove(due)
        self._held.append(due)
        if not await self._step(due):
            self._held.remove(due)
        return True

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            # What failed is tried again sooner than others' jobs are looked for.
            async with asyncio.timeout(min(self._look_every_s, 0.1) if self._held else self._look_every_s):
                await self._woken.wait()

    async def _take_free(self) -> None:
        for job in await self._store.unfinished():
            now = self._clock.now()
            until = now + self._lease
            # What this process does not know, a newer one does.
            if job.kind not in self._kinds or not is_free(job, now):
                continue
            leased = replace(job, state=JobState.RUNNING, fence=job.fence + 1, leased_until=until)
            held = _Held(job=leased, not_before=now)
            # Held before it is known to be ours: whoever is stopped meanwhile gives back what may be.
            self._held = deque((*(one for one in self._held if one.job.id != job.id), held))
            if not await self._claim(held, job, now, until):
                self._held.remove(held)

    async def _claim(self, held: _Held, job: Job, now: datetime, until: datetime) -> bool:
        try:
            return await self._store.claim_lease(job, now, until)
        except DatabaseUnavailable:
            self._held.remove(held)
            raise

    async def _step(self, held: _Held) -> bool:
        """Do a step; tell whether the job stays ours, and has more of them."""
        try:
            result = await self._kinds[held.job.kind].step(held.job)
            return await self._keep(held, result)
        except DatabaseUnavailable as error:
            return await self._try_later(held, error)
        except DomainError as refusal:
            return await self._fail(held, refusal.code)
        except Exception as error:  # one job's defect must not stop the others
            self._tell(held.job, error)
            return await self._fail(held, DEFECT)

    async def _keep(self, held: _Held, result: StepResult) -> bool:
        now = self._clock.now()
        until = now + self._lease
        if not await self._store.save_progress(held.job, result, now, until):
            return False
        held.job = replace(held.job, done=result.done, cursor=result.cursor, leased_until=until)
        held.failures = 0
        return not result.finished

    async def _try_later(self, held: _Held, error: DatabaseUnavailable) -> bool:
        held.failures += 1
        if held.failures >= TRIES:
            return await self._fail(held, error.code)
        held.not_before = self._clock.now() + pause_after(held.failures)
        return True

    async def _fail(self, held: _Held, code: str) -> bool:
        # Where not even that can be written, the lease lapses, and whoever looks then tries anew.
        with suppress(DatabaseUnavailable):
            await self._store.fail(held.job, code, self._clock.now())
        return False

    async def _leave(self) -> None:
        with suppress(DatabaseUnavailable, TimeoutError):
            async with asyncio.timeout(GIVE_BACK_WITHIN_S):
                for held in self._held:
                    await self._store.give_back(held.job)

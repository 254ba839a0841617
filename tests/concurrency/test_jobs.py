"""Several processes run the same jobs: each step's progress counts once, and who lost a lease writes nothing more."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from services.common.clock import SystemClock
from services.common.errors import DatabaseUnavailable, DomainError
from services.common.mongo import Document, Mongo, Session, translated_failures
from services.items.minting import Minting
from services.items.mongo.batches import MongoBatches
from services.items.mongo.codes import MongoCodes
from services.jobs import running as job_running
from services.jobs.model import Job, JobState, StepResult
from services.jobs.mongo import JOBS, MongoJobs
from services.jobs.running import JobRunner
from services.jobs.steering import Steering
from services.reservations.errors import SlotEnded
from tests.concurrency.conftest import Pair
from tests.factories import NOW, make_batch, make_mint_job, new_id

WITHIN_S = 30
LATER = NOW + timedelta(days=1)
CITY = ("city:310000",)


@dataclass
class Counting:
    """Counts to a job's total, a step at a time, and notes which steps were done; `errors` are raised first.

    Where there are `tickets`, each step needs one to come to its end.
    """

    name: str = "count"
    steps: list[tuple[str, int]] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    tickets: asyncio.Semaphore | None = None
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def step(self, job: Job) -> StepResult:
        if self.errors:
            raise self.errors.pop(0)
        self.steps.append((job.id, job.done))
        self.begun.set()
        await asyncio.sleep(0.002)
        if self.tickets is not None:
            await self.tickets.acquire()
        return StepResult(done=job.done + 1, cursor={"at": job.done + 1}, finished=job.done + 1 == job.total)


class Fenceless(MongoJobs):
    """The store without its guards: whoever writes is believed."""

    async def _change(self, guard: Document, changes: Document) -> bool:
        return await super()._change({"_id": guard["_id"]}, changes)


async def add(mongo: Mongo, *jobs: Job) -> None:
    async def work(session: Session) -> None:
        for job in jobs:
            await MongoJobs(mongo).add(job, session)

    await mongo.transact(work)


def counting_job(total: int) -> Job:
    return make_mint_job(id=new_id("job"), kind="count", total=total, cursor={"at": 0})


def runner_on(
    store: MongoJobs, kind: Counting | Minting, *, lease_s: float = 10.0, told: list[str] | None = None
) -> JobRunner:
    def tell(job: Job, error: Exception) -> None:  # noqa: ARG001 -- the port's signature
        assert told is not None, error
        told.append(str(error))

    return JobRunner(store=store, kinds=[kind], clock=SystemClock(), tell=tell, lease_s=lease_s, look_every_s=0.02)


async def come_to(store: MongoJobs, job: Job, state: JobState) -> Job:
    """Wait until the job is in that state."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            found = await store.find(job.id)
            assert found is not None
            if found.state is state:
                return found


@pytest.fixture(autouse=True)
async def _no_jobs_of_others(pair: Pair) -> None:
    async with translated_failures():
        await pair[0].collection(JOBS).delete_many({})


async def running(*runners: JobRunner) -> list[asyncio.Task[None]]:
    return [asyncio.create_task(runner.run()) for runner in runners]


async def stop(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_one_of_many_takes_a_job_and_without_the_guard_all_do(pair: Pair) -> None:
    for store, winners in ((Fenceless, 16), (MongoJobs, 1)):
        job = counting_job(3)
        await add(pair[0], job)
        claims = (store(pair[number % 2]).claim_lease(job, NOW, LATER) for number in range(16))
        assert sum(await asyncio.gather(*claims)) == winners


async def taken_over(pair: Pair, store: type[MongoJobs]) -> Job:
    """Have a process stand still in the middle of a step until another has done its job; return what is kept then."""
    job, slow, quick = counting_job(4), Counting(tickets=asyncio.Semaphore(0)), Counting()
    await add(pair[0], job)
    frozen = await running(runner_on(store(pair[0]), slow, lease_s=0.1))
    async with asyncio.timeout(WITHIN_S):
        await slow.begun.wait()
    others = await running(runner_on(store(pair[1]), quick))
    await come_to(store(pair[1]), job, JobState.DONE)
    await stop(others)
    assert slow.tickets is not None
    slow.tickets.release()
    await asyncio.sleep(0.1)
    await stop(frozen)
    kept = await store(pair[1]).find(job.id)
    assert kept is not None
    return kept


async def test_who_was_taken_over_writes_nothing_more(pair: Pair) -> None:
    kept = await taken_over(pair, MongoJobs)
    assert (kept.state, kept.done, kept.cursor) == (JobState.DONE, 4, {"at": 4})


async def test_without_the_fence_it_would_be_undone(pair: Pair) -> None:
    kept = await taken_over(pair, Fenceless)
    assert (kept.state, kept.done) != (JobState.DONE, 4)


async def test_two_processes_share_jobs_without_doing_a_step_twice(pair: Pair) -> None:
    kind, jobs = Counting(), [counting_job(20) for _ in range(4)]
    await add(pair[0], *jobs)
    stores = [MongoJobs(mongo) for mongo in pair]
    tasks = await running(*(runner_on(store, kind) for store in stores))
    for job in jobs:
        await come_to(stores[0], job, JobState.DONE)
    await stop(tasks)
    assert sorted(kind.steps) == sorted((job.id, number) for job in jobs for number in range(20))


async def test_a_long_job_does_not_keep_a_short_one_waiting(pair: Pair) -> None:
    kind, long, short = Counting(), counting_job(100_000), counting_job(2)
    store = MongoJobs(pair[0])
    await add(pair[0], long)
    tasks = await running(runner_on(store, kind))
    await come_to(store, long, JobState.RUNNING)
    await add(pair[0], short)
    await come_to(store, short, JobState.DONE)
    places = [index for index, (job_id, _) in enumerate(kind.steps) if job_id == short.id]
    assert places[1] - places[0] == 2
    await stop(tasks)


async def test_who_stops_leaves_the_job_to_others_at_once(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_running, "GIVE_BACK_WITHIN_S", WITHIN_S)  # how busy the machine is must not decide
    kind, job, store = Counting(), counting_job(100_000), MongoJobs(pair[0])
    await add(pair[0], job)
    tasks = await running(runner_on(store, kind, lease_s=3600))
    await come_to(store, job, JobState.RUNNING)
    await stop(tasks)
    left = await store.find(job.id)
    assert left is not None
    assert (left.state, left.leased_until) == (JobState.QUEUED, None)


async def test_a_paused_job_stands_still_and_goes_on(pair: Pair) -> None:
    kind, job, store = Counting(), counting_job(100_000), MongoJobs(pair[0])
    runner = runner_on(store, kind)
    steering = Steering(store=MongoJobs(pair[1]), clock=SystemClock(), wake=runner.wake)
    await add(pair[0], job)
    tasks = await running(runner)
    await come_to(store, job, JobState.RUNNING)
    paused = await steering.pause(job.id, CITY)
    await asyncio.sleep(0.1)
    done = len(kind.steps)
    await asyncio.sleep(0.1)
    assert len(kind.steps) == done
    assert (await steering.get(job.id, CITY)).done == paused.done
    assert (await steering.resume(job.id, CITY)).done == paused.done
    async with asyncio.timeout(WITHIN_S):
        while (await steering.get(job.id, CITY)).done == paused.done:
            pass
    await stop(tasks)


@pytest.mark.parametrize(("error", "code"), [(SlotEnded(), "slot_ended"), (RuntimeError("a defect"), "internal_fault")])
async def test_a_refused_step_fails_the_job_until_somebody_resumes_it(
    pair: Pair, error: DomainError | RuntimeError, code: str
) -> None:
    kind, job, store, told = Counting(errors=[error]), counting_job(2), MongoJobs(pair[0]), list[str]()
    runner = runner_on(store, kind, told=told)
    await add(pair[0], job)
    tasks = await running(runner)
    assert (await come_to(store, job, JobState.FAILED)).failure == code
    assert told == (["a defect"] if isinstance(error, RuntimeError) else [])
    await Steering(store=store, clock=SystemClock(), wake=runner.wake).resume(job.id, CITY)
    assert (await come_to(store, job, JobState.DONE)).failure is None
    await stop(tasks)


async def test_a_database_that_is_away_for_a_moment_fails_nothing(pair: Pair) -> None:
    kind, job, store = (
        Counting(errors=[DatabaseUnavailable(), DatabaseUnavailable()]),
        counting_job(2),
        MongoJobs(pair[0]),
    )
    await add(pair[0], job)
    tasks = await running(runner_on(store, kind))
    assert (await come_to(store, job, JobState.DONE)).failure is None
    await stop(tasks)


async def test_a_kind_that_a_process_does_not_know_is_left_to_others(pair: Pair) -> None:
    job, store = replace(counting_job(1), kind="newer"), MongoJobs(pair[0])
    await add(pair[0], job)
    tasks = await running(runner_on(store, Counting()))
    await asyncio.sleep(0.1)
    assert await store.find(job.id) == job
    await stop(tasks)


async def test_a_batch_that_several_processes_mint_has_each_code_once(pair: Pair) -> None:
    """With leases so short that they take it from one another all the time."""
    batch = make_batch(quantity=8_000)
    batches = MongoBatches(pair[0], MongoJobs(pair[0]))
    await batches.add(batch, make_mint_job(batch), None)
    stores = [MongoJobs(mongo) for mongo in pair]
    runners = [
        runner_on(store, Minting(MongoCodes(mongo, batches)), lease_s=0.001)
        for store, mongo in zip(stores, pair, strict=True)
    ]
    tasks = await running(*runners)
    done = await come_to(stores[0], make_mint_job(batch), JobState.DONE)
    await stop(tasks)
    assert done.done == 8_000
    codes = pair[0].client[pair[0].collection(JOBS).database.name]["item_codes"]
    assert await codes.count_documents({"batch": batch.id}) == 8_000


async def test_a_runner_stops_when_it_is_told_to_whatever_it_does_at_the_moment(pair: Pair) -> None:
    store = MongoJobs(pair[0])
    for number in range(60):
        await add(pair[0], counting_job(1))
        runner = JobRunner(
            store=store, kinds=[Counting()], clock=SystemClock(), tell=lambda *_: None, look_every_s=0.0005
        )
        (task,) = await running(runner)
        await asyncio.sleep(number / 5000)
        task.cancel()
        _, still = await asyncio.wait([task], timeout=WITHIN_S)
        assert still == set()

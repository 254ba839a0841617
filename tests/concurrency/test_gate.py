"""What happens at the gates at the same moment: one outcome, and everybody is told the same."""

import asyncio

import pytest
from ulid import ULID

from services.admissions.group import ScanGroups
from services.admissions.model import Decision
from services.admissions.mongo import MongoScans
from services.common.mongo import Mongo
from services.reservations.errors import VisitBegun
from services.reservations.forwarding import ForwardingDesk
from services.reservations.model import Reservation
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.slots import MongoSlots
from services.sync.mongo import MongoOutbox
from tests.concurrency.audit import audit
from tests.concurrency.desks import desk_on
from tests.concurrency.naive_gate import ManyScans, NaiveScans, OpenGate
from tests.concurrency.town import Person, Town, party
from tests.factories import make_booking, make_cancellation, make_entry_pass, make_reading, make_slot

ROUNDS = 12
MANY = 20


def gate_on(mongo: Mongo, kind: type[MongoScans] = MongoScans) -> ScanGroups:
    return ScanGroups(kind(mongo, MongoOutbox(mongo)))


async def inside(mongo: Mongo, reservation_id: str) -> int:
    """Return how many of a party the gate has counted."""
    passes = await MongoScans(mongo, MongoOutbox(mongo)).find_passes([reservation_id])
    return passes[reservation_id].admitted_count


async def cancel(desk: ForwardingDesk, reservation: Reservation) -> bool:
    """Try to cancel; False when somebody is inside."""
    try:
        return await desk.cancel(make_cancellation(reservation))
    except VisitBegun:
        return False


async def let_in(gate: ScanGroups, reservation: Reservation) -> bool:
    entry_pass = make_entry_pass(reservation_id=reservation.id, party_size=reservation.party_size)
    return (await gate.answer(make_reading(entry_pass))).decision is Decision.ADMITTED


@pytest.mark.parametrize(("kind", "winners"), [(OpenGate, 2), (MongoLedger, 1)])
async def test_of_a_cancellation_and_an_entry_in_two_processes_one_takes_place(
    pair: tuple[Mongo, Mongo], kind: type[MongoLedger], winners: int
) -> None:
    desk, gate = desk_on(kind(pair[0])), gate_on(pair[1])
    for _ in range(ROUNDS):
        slot = make_slot()
        await MongoSlots(pair[0]).add_missing([slot])
        reservation = await desk.book(make_booking(slot, party=2))
        outcomes = await asyncio.gather(cancel(desk, reservation), let_in(gate, reservation))
        assert sum(outcomes) == winners


async def test_two_gates_that_look_before_they_act_let_a_party_in_twice(pair: tuple[Mongo, Mongo]) -> None:
    both, visitors = asyncio.Barrier(2), make_entry_pass(party_size=2)
    gates = [ScanGroups(NaiveScans(mongo, MongoOutbox(mongo), both)) for mongo in pair]
    answers = await asyncio.gather(*(gate.answer(make_reading(visitors)) for gate in gates))
    assert [answer.decision for answer in answers] == [Decision.ADMITTED, Decision.ADMITTED]
    assert await inside(pair[0], visitors.reservation_id) == 4


async def test_two_gates_let_a_party_in_once(pair: tuple[Mongo, Mongo]) -> None:
    gates = [gate_on(mongo) for mongo in pair]
    for _ in range(ROUNDS):
        visitors = make_entry_pass(party_size=2)
        answers = await asyncio.gather(*(gate.answer(make_reading(visitors)) for gate in gates))
        assert sorted(str(answer.reason) for answer in answers) == ["None", "already_admitted"]
        assert await inside(pair[0], visitors.reservation_id) == 2


@pytest.mark.parametrize(("kind", "entered"), [(ManyScans, 3), (MongoScans, 1)])
async def test_a_scan_that_is_sent_again_lets_nobody_in_again(
    pair: tuple[Mongo, Mongo], kind: type[MongoScans], entered: int
) -> None:
    gates = [gate_on(mongo, kind) for mongo in pair]
    visitors = make_entry_pass(party_size=5)
    for sending in range(3):
        scan = make_reading(visitors, count=1, nonce=f"nonce-of-{visitors.reservation_id}")
        assert (await gates[sending % 2].answer(scan)).admitted_now == 1
    assert await inside(pair[0], visitors.reservation_id) == entered


async def shown(citizen: Person, slot_id: str, size: int) -> tuple[str, str]:
    """Book, and return the reservation's id and its code of this moment."""
    reservation = await citizen.book(slot_id, party(size))
    return reservation.body["id"], await citizen.code_of(reservation.body["id"])


async def test_a_party_cancels_or_enters_never_both(town: Town) -> None:
    citizen, staff = await town.citizen(), await town.staff("gate")
    slot_id = await town.add_slot(500)
    for number in range(ROUNDS):
        reservation_id, code = await shown(citizen, slot_id, 2)
        rivals = [citizen.cancel(reservation_id), staff.scan(town.gates[0], code)]
        answers = await asyncio.gather(*(rivals if number % 2 else reversed(rivals)))
        cancelling, scanning = answers if number % 2 else reversed(answers)
        assert (cancelling.status, cancelling.code, scanning.body["decision"], scanning.body["reason"]) in {
            (200, "", "refused", "cancelled"),
            (409, "visit_begun", "admitted", None),
        }
    assert await audit(town.database) == []


async def test_two_gates_share_a_party_exactly(town: Town) -> None:
    citizen, staff = await town.citizen(), await town.staff("gate")
    slot_id = await town.add_slot(500)
    for _ in range(ROUNDS):
        _, code = await shown(citizen, slot_id, 2)
        answers = await asyncio.gather(*(staff.scan(gate, code) for gate in town.gates))
        assert sorted(str(answer.body["reason"]) for answer in answers) == ["None", "already_admitted"]
    for _ in range(4):
        _, code = await shown(citizen, slot_id, 5)
        answers = await asyncio.gather(*(staff.scan(town.gates[n % 2], code, count=1) for n in range(8)))
        admitted = [answer.body for answer in answers if answer.body["decision"] == "admitted"]
        assert sorted(one["admitted_count"] for one in admitted) == [1, 2, 3, 4, 5]
        assert [answer.body["reason"] for answer in answers].count("already_admitted") == 3
    assert await audit(town.database) == []


async def test_a_refused_scan_sent_many_times_at_once_gets_one_answer(town: Town) -> None:
    citizen, staff = await town.citizen(), await town.staff("gate")
    reservation_id, code = await shown(citizen, await town.add_slot(500), 2)
    await citizen.cancel(reservation_id)
    nonce = str(ULID())
    answers = await asyncio.gather(*(staff.scan(town.gates[0], code, nonce) for _ in range(MANY)))
    assert {answer.body["reason"] for answer in answers} == {"cancelled"}
    assert len({str(answer.body) for answer in answers}) == 1


async def test_of_two_codes_under_one_nonce_at_once_one_is_decided(town: Town) -> None:
    citizen, staff = await town.citizen(), await town.staff("gate")
    slot_id = await town.add_slot(500)
    for _ in range(ROUNDS):
        nonce, codes = str(ULID()), [(await shown(citizen, slot_id, 1))[1] for _ in range(2)]
        answers = await asyncio.gather(*(staff.scan(town.gates[0], code, nonce) for code in codes))
        assert sorted(answer.code for answer in answers) == ["", "nonce_reused"]
        assert [answer.body["decision"] for answer in answers if answer.status == 200] == ["admitted"]
    assert await audit(town.database) == []


async def test_a_scan_sent_many_times_at_once_gets_one_answer(town: Town) -> None:
    citizen, staff = await town.citizen(), await town.staff("gate")
    slot_id = await town.add_slot(500)
    reservation_id, code = await shown(citizen, slot_id, 5)
    nonce = str(ULID())
    answers = await asyncio.gather(*(staff.scan(town.gates[0], code, nonce, count=1) for _ in range(MANY)))
    assert {answer.status for answer in answers} == {200}
    assert len({str(answer.body) for answer in answers}) == 1
    assert (await citizen.ask("GET", f"/reservations/{reservation_id}")).body["admitted_count"] == 1
    assert await audit(town.database) == []
    assert town.line.faults == []

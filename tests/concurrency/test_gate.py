"""What happens at the gates at the same moment: one outcome, and everybody is told the same."""

import asyncio

import pytest
from ulid import ULID

from services.admissions.mongo import MongoScans
from services.common.mongo import Mongo
from services.reservations.errors import VisitBegun
from services.reservations.model import Reservation
from services.reservations.mongo import MongoReservations, MongoSlots
from services.sync.model import EventKind
from services.sync.mongo import MongoOutbox
from tests.concurrency.audit import audit
from tests.concurrency.naive import ManyScans, NaiveScans, OpenGate
from tests.concurrency.town import Person, Town, party
from tests.factories import NOW, make_entry, make_event, make_reservation, make_scan, make_slot

ROUNDS = 12
MANY = 20


async def booked(mongo: Mongo, size: int) -> Reservation:
    """Return a reservation that is kept."""
    slot = make_slot()
    reservation = make_reservation(slot, party=size)
    await MongoSlots(mongo).add_missing([slot])
    await MongoReservations(mongo, MongoOutbox(mongo)).add(reservation, None, make_event(reservation.id))
    return reservation


async def let_in(scans: MongoScans, reservation: Reservation, *, already: int, count: int, nonce: str = "") -> bool:
    """Try to let some of a party in, having seen that `already` are inside."""
    record = await scans.get_pass(reservation.id, reservation.party_size)
    assert record.admitted_count == already
    entry = make_entry(count=count)
    scan = make_scan(entry, reservation.id, **({"id": nonce} if nonce else {}))
    return await scans.claim_entry(record, entry, scan, make_event(reservation.id, EventKind.VISIT_ADMITTED))


async def cancel(store: MongoReservations, reservation: Reservation) -> bool:
    """Try to cancel; False when somebody is inside."""
    try:
        return await store.cancel(reservation, NOW, make_event(reservation.id, EventKind.RESERVATION_CANCELLED))
    except VisitBegun:
        return False


@pytest.mark.parametrize(("kind", "winners"), [(OpenGate, 2), (MongoReservations, 1)])
async def test_of_a_cancellation_and_an_entry_in_two_processes_one_takes_place(
    pair: tuple[Mongo, Mongo], kind: type[MongoReservations], winners: int
) -> None:
    first, second = pair
    for _ in range(ROUNDS):
        reservation = await booked(first, 2)
        outcomes = await asyncio.gather(
            cancel(kind(first, MongoOutbox(first)), reservation),
            let_in(MongoScans(second, MongoOutbox(second)), reservation, already=0, count=2),
        )
        assert sum(outcomes) == winners


async def test_two_gates_that_look_before_they_act_let_a_party_in_twice(pair: tuple[Mongo, Mongo]) -> None:
    both = asyncio.Barrier(2)
    reservation = await booked(pair[0], 2)
    gates = [NaiveScans(mongo, MongoOutbox(mongo), both) for mongo in pair]
    outcomes = await asyncio.gather(*(let_in(gate, reservation, already=0, count=2) for gate in gates))
    assert outcomes == [True, True]
    assert (await gates[0].get_pass(reservation.id, 2)).admitted_count == 4


async def test_two_gates_let_a_party_in_once(pair: tuple[Mongo, Mongo]) -> None:
    gates = [MongoScans(mongo, MongoOutbox(mongo)) for mongo in pair]
    for _ in range(ROUNDS):
        reservation = await booked(pair[0], 2)
        outcomes = await asyncio.gather(*(let_in(gate, reservation, already=0, count=2) for gate in gates))
        assert sorted(outcomes) == [False, True]
        assert (await gates[0].get_pass(reservation.id, 2)).admitted_count == 2


@pytest.mark.parametrize(("kind", "inside"), [(ManyScans, 3), (MongoScans, 1)])
async def test_a_scan_that_is_sent_again_lets_nobody_in_again(
    pair: tuple[Mongo, Mongo], kind: type[MongoScans], inside: int
) -> None:
    gate = kind(pair[0], MongoOutbox(pair[0]))
    reservation = await booked(pair[0], 5)
    for sending in range(3):
        await let_in(gate, reservation, already=min(sending, inside), count=1, nonce=f"gat_east:{reservation.id}")
    assert (await gate.get_pass(reservation.id, 5)).admitted_count == inside


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

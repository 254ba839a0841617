"""Records of patrols on the real database: all of a draft or nothing, once, on what it was decided on."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from services.common.idempotency import IdempotencyKeyReused
from services.common.model import IdempotentRequest
from services.common.mongo import Mongo
from services.patrols.documents import part_document, read_document, to_document
from services.patrols.errors import PatrolsContended
from services.patrols.model import Draft
from services.patrols.mongo import PATROL_EVENTS
from services.patrols.outlets.model import Licence
from services.patrols.sites.model import CheckResult, SiteStatus
from services.patrols.sites.mongo import MongoStatuses
from services.transparency.commitment import canonical, commit
from services.transparency.leaves import leaf_content
from tests.contract.documents import Documents
from tests.factories import NOW, make_request
from tests.patrols import draft_of, ensure_whole_log, make_status, recording_on, records_on


async def write(mongo: Mongo, draft: Draft[str], **more: object) -> str:
    async def decide() -> Draft[str]:
        return draft

    return await recording_on(mongo).settle(decide, **more)  # type: ignore[arg-type]


async def find(mongo: Mongo, site_id: str) -> SiteStatus | None:
    return (await MongoStatuses(mongo).statuses([site_id])).get(site_id)


async def test_a_draft_is_kept_with_its_events_leaves_and_outbox(mongo: Mongo, documents: Documents) -> None:
    status = make_status(last_checked_at=NOW, last_result=CheckResult.FINDINGS, open_findings=2)
    assert await write(mongo, draft_of(status)) == status.id
    assert await find(mongo, status.id) == status
    (event,) = await documents.find(PATROL_EVENTS.name, named=status.id)
    data = leaf_content(event["body"], event["recorded_at"], event["recorded_by"])
    assert commit(bytes(event["salt"]), canonical(data)) == bytes(event["commitment"])
    (told,) = await documents.events(status.id)
    assert (told["kind"], told["payload"]) == ("patrol.event", {"index": event["index"], "type": "outlet.changed"})
    await ensure_whole_log(mongo)


async def test_history_is_found_by_subject_and_by_site(mongo: Mongo) -> None:
    status = make_status()
    first = draft_of(status)
    at_site = replace(first.events[0], id=f"{first.events[0].id}x", subject_id="fnd_1", site_id=status.id)
    await write(mongo, replace(first, events=(first.events[0], at_site)))
    history = await records_on(mongo).history(status.id)
    assert [one.event for one in history] == [first.events[0], at_site]
    assert [one.event for one in await records_on(mongo).history("fnd_1")] == [at_site]
    assert json.loads(history[1].text)["site_id"] == status.id


async def test_a_change_needs_the_version_before_it(mongo: Mongo) -> None:
    status = make_status()
    await write(mongo, draft_of(status))
    changed = replace(status, open_findings=1, version=2)
    await write(mongo, draft_of(changed))
    for wrong in (changed, replace(status, open_findings=9), replace(status, version=4), make_status(version=2)):
        with pytest.raises(PatrolsContended):
            await write(mongo, draft_of(wrong))
    assert await find(mongo, status.id) == changed
    await ensure_whole_log(mongo)


async def test_one_stale_record_holds_back_all_of_its_draft_and_nothing_else(mongo: Mongo) -> None:
    there, fine = make_status(), make_status()
    await write(mongo, draft_of(there))
    bad = draft_of(make_status(), there)

    async def decide_bad() -> Draft[str]:
        return bad

    async def decide_fine() -> Draft[str]:
        return draft_of(fine)

    recording = recording_on(mongo)
    outcomes = await asyncio.gather(recording.settle(decide_bad), recording.settle(decide_fine), return_exceptions=True)
    assert isinstance(outcomes[0], PatrolsContended)
    assert outcomes[1] == fine.id
    assert await find(mongo, bad.records[0].id) is None
    await ensure_whole_log(mongo)


async def test_a_draft_without_events_writes_nothing(mongo: Mongo) -> None:
    status = make_status()
    assert await write(mongo, replace(draft_of(status), events=(), answer="known")) == "known"
    assert await find(mongo, status.id) is None


async def test_a_repeated_request_gets_its_first_answer(mongo: Mongo) -> None:
    request = make_request()
    first, second = make_status(), make_status()

    async def ask(status: SiteStatus, given: IdempotentRequest = request) -> str:
        async def decide() -> Draft[str]:
            return draft_of(status, repeat=given)

        async def read(answer_id: str) -> str:
            return f"again {answer_id}"

        return await recording_on(mongo).settle(decide, repeat=given, read=read)

    answers = await asyncio.gather(ask(first), ask(second))
    (kept,) = [status for status in (first, second) if await find(mongo, status.id) is not None]
    assert sorted(answers) == sorted([kept.id, f"again {kept.id}"])
    with pytest.raises(IdempotencyKeyReused):
        await ask(make_status(), replace(request, fingerprint="another content"))


def test_documents_hold_days_as_text_and_instants_as_they_are() -> None:
    licence = Licence(number="1", issuer="示例", valid_from=date(2026, 1, 2), valid_to=date(2027, 1, 1), scope="餐饮")
    assert part_document(licence)["valid_to"] == "2027-01-01"
    status = make_status(last_checked_at=datetime(2026, 11, 22, tzinfo=UTC), last_result=CheckResult.FAILED)
    document = to_document(status)
    assert (document["_id"], document["last_result"]) == (status.id, "failed")
    assert type(document["last_result"]) is str
    assert document["last_checked_at"] is status.last_checked_at
    assert read_document(SiteStatus, {**document, "location": "for an index"}) == status

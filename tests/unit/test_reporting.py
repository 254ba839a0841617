"""What the main system is told of items and patrols: as the standard has it, whatever is in a thing, and no more."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.epcis.events import read_event
from services.identity.model import Scope, ScopeLevel
from services.items.model import Item
from services.items.ports import RecordedEvent as ItemEvent
from services.items.reporting import MOST_ITEM_IDS, code_of_item, event_record, item_record
from services.patrols.checkins.model import CheckIn
from services.patrols.checklists.model import Release
from services.patrols.complaints.model import Complaint
from services.patrols.counting import code_of_event
from services.patrols.findings.model import Finding
from services.patrols.model import NOBODY, THE_SERVICE, PatrolEvent, PatrolEventKind, RecordedEvent
from services.patrols.outlets.model import Outlet
from services.patrols.plans.model import Draw, Round, Task
from services.patrols.plates.model import Plate
from services.patrols.reporting import cases, register, visits
from services.patrols.reporting.model import Told, person
from services.patrols.sites.model import SiteStatus
from services.sync.model import RecordKind
from services.sync.standard.properties import properties_of
from services.sync.wording import written_day, written_time
from services.venues.scopes import code_of
from tests.any_thing import PERSONAL, things
from tests.check_ins import make_release, make_template
from tests.factories import NOW, new_id
from tests.patrols import draft_of, make_patrol_event, make_status
from tests.registry import event, new_epc
from tests.standard import STANDARD, flaws_of

TELLING: list[tuple[RecordKind, type[Any], str, Callable[[Any], Told]]] = [
    (RecordKind.OUTLET, Outlet, "otl", register.outlet),
    (RecordKind.PLATE, Plate, "plt", register.plate),
    (RecordKind.SITE_STATUS, SiteStatus, "ven", register.site_status),
    (RecordKind.ROUND, Round, "rnd", visits.routine_round),
    (RecordKind.DRAW, Draw, "drw", visits.draw),
    (RecordKind.TASK, Task, "tsk", visits.task),
    (RecordKind.CHECK_IN, CheckIn, "chk", visits.check_in),
    (RecordKind.FINDING, Finding, "fnd", cases.finding),
    (RecordKind.COMPLAINT, Complaint, "cmp", cases.complaint),
]
# Words in which names of personal properties would be: whose they are, what they look like, where they were.
FORBIDDEN = {
    *("person", "visitor", "citizen", "phone", "mobile", "telephone", "contact", "openid", "unionid", "wechat"),
    *("ethnicity", "ethnic", "nation", "nationality", "religion", "religious", "faith", "belief", "believer"),
    *(
        "birth",
        "birthday",
        "age",
        "gender",
        "sex",
        "passport",
        "identity",
        "document",
        "face",
        "note",
        "notes",
        "remark",
    ),
    *("remarks", "answer", "comment", "signature", "nonce", "secret", "password", "token", "device", "email"),
}
FORBIDDEN_ZH = (
    "姓名",
    "电话",
    "手机",
    "身份证",
    "证件",
    "民族",
    "宗教",
    "信仰",
    "性别",
    "出生",
    "微信",
    "邮箱",
    "备注",
)


@pytest.mark.parametrize(("kind", "thing", "prefix", "told"), TELLING, ids=[one[0] for one in TELLING])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_whatever_is_in_a_thing_its_record_follows_the_standard_and_tells_nothing_personal(
    kind: RecordKind, thing: type[Any], prefix: str, told: Callable[[Any], Told], data: st.DataObject
) -> None:
    one = data.draw(things(thing, prefix))
    record = told(one)
    assert flaws_of(kind, record.data) == ()
    assert record.data["id"] == one.id
    assert record.code in {"310000", "310101", "310115", None}
    assert record.made_at.tzinfo is not None
    assert PERSONAL not in json.dumps(record.data, ensure_ascii=False)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(things(Release, "tpl"))
def test_a_checklist_is_told_with_all_its_questions(release: Release) -> None:
    owned = make_template(owner="district:310101", seen_by=("district:310101", "city:310000"))
    told = register.checklist(replace(release, id=f"{release.template_id}:{release.number}"), owned)
    # What is typed into questions is the office's own standard, and public within it.
    assert flaws_of(RecordKind.CHECKLIST, told.data) == ()
    assert told.code == "310101"
    assert [one["id"] for one in told.data["questions"]] == [one.id for one in release.questions]
    assert register.checklist(make_release(), make_template()).code == "310000"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(things(Item, "itm"), st.sampled_from([*ScopeLevel]))
def test_an_item_is_told_without_attributes_and_serials(item: Item, level: ScopeLevel) -> None:
    code = level in {ScopeLevel.CITY, ScopeLevel.DISTRICT}
    owner = Scope(level=level, id="310101" if code else new_id("ven"))
    item = replace(item, owner=owner, holder=owner, serial=PERSONAL)
    record = item_record(item, began_at=NOW, changed_at=NOW, city_id="310000")
    assert flaws_of(RecordKind.ITEM, record.data) == ()
    assert (record.version, record.data["log_index"]) == (item.version, item.last_index)
    assert PERSONAL not in json.dumps(record.data, ensure_ascii=False)


def item_event(body: dict[str, Any], items: tuple[str, ...]) -> ItemEvent:
    return ItemEvent(
        event=read_event(body),
        text="{}",
        index=3,
        recorded_at=NOW,
        recorded_by="stf_1",
        salt=b"",
        commitment=bytes(32),
        items=items,
    )


def test_an_event_is_told_with_the_first_of_its_items_and_all_of_them_counted() -> None:
    epcs = tuple(new_epc() for _ in range(MOST_ITEM_IDS + 1))
    body = event(*epcs, disposition="in_progress", eventTimeZoneOffset="-05:00")
    record = event_record(item_event({**body, "example:note": PERSONAL}, epcs), "310101")
    assert flaws_of(RecordKind.ITEM_EVENT, record.data) == ()
    assert (record.id, record.version, record.district_id) == (body["eventID"], 1, "310101")
    assert record.data["item_ids"] == list(epcs[:-1])
    assert record.data["item_count"] == len(epcs)
    assert record.data["event_time"].endswith("+08:00")
    assert PERSONAL not in json.dumps(record.data, ensure_ascii=False)


def test_a_declaration_of_error_is_a_record_beside_that_of_its_event() -> None:
    body = event(new_epc())
    wrong = {**body, "errorDeclaration": {"declarationTime": body["eventTime"], "reason": "incorrect_data"}}
    first, second = (event_record(item_event(one, ()), "310000") for one in (body, wrong))
    assert (first.id, second.id) == (body["eventID"], f"{body['eventID']}#error")
    assert [one.data["is_error_declaration"] for one in (first, second)] == [False, True]
    assert flaws_of(RecordKind.ITEM_EVENT, second.data) == ()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(things(PatrolEvent, "evt"))
def test_an_event_of_patrols_is_told_without_who_told_it_and_what_is_in_it(happened: PatrolEvent) -> None:
    recorded = RecordedEvent(event=happened, text="{}", index=7, recorded_at=NOW, salt=b"", commitment=bytes(32))
    told = cases.patrol_event(recorded, "310101")
    assert flaws_of(RecordKind.PATROL_EVENT, told.data) == ()
    assert set(told.data) == set(STANDARD.schema(RecordKind.PATROL_EVENT).document["properties"])
    assert PERSONAL not in json.dumps(told.data, ensure_ascii=False)


def test_every_kind_of_event_has_words() -> None:
    schema = STANDARD.schema(RecordKind.PATROL_EVENT).document
    assert set(schema["properties"]["type"]["enum"]) == {kind.value for kind in PatrolEventKind}


def test_nobody_and_the_service_are_no_persons() -> None:
    assert [person(one) for one in (NOBODY, THE_SERVICE, None, "stf_1")] == [None, None, None, "stf_1"]


def test_things_are_counted_under_the_nearest_district_else_the_city() -> None:
    assert code_of(["venue:ven_1", "district:310101", "city:310000"]) == "310101"
    assert code_of(["city:310000"]) == "310000"
    assert code_of(["venue:ven_1"]) is None


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(things(Item, "itm"))
def test_an_item_of_the_city_stays_the_citys_whoever_holds_it(item: Item) -> None:
    owner = Scope(level=ScopeLevel.CITY, id="310000")
    lent = replace(item, owner=owner, seen_by=("city:310000", "venue:ven_1", "district:310101"))
    assert code_of_item(lent) == "310000"
    assert code_of_item(replace(lent, owner=Scope(level=ScopeLevel.DISTRICT, id="310101"))) == "310101"


def test_an_event_is_counted_where_its_subject_is() -> None:
    here, there = make_status(), make_status(seen_by=("district:310115", "city:310000"))
    draft = draft_of(here, there)
    assert [code_of_event(one, draft) for one in draft.events] == ["310101", "310115"]
    assert code_of_event(make_patrol_event("fnd_1"), draft) == "310101"
    assert code_of_event(make_patrol_event("tpl_1"), replace(draft, records=(make_release(),))) is None


def test_a_status_is_counted_under_the_day_of_its_site_whatever_changes() -> None:
    told = register.site_status(make_status(id="ven_01KDVDNA002VEBVK6BHD47KK5K", last_checked_at=NOW))
    assert told.made_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert register.site_status(make_status(id="ven_example")).made_at.year == 2026
    assert register.site_status(make_status(id="ven_7ZZZZZZZZZZZZZZZZZZZZZZZZZ")).made_at.year == 2026


def test_instants_and_days_are_those_of_the_city() -> None:
    late = datetime(2026, 11, 21, 16, 0, 0, 4000, tzinfo=UTC)
    assert (written_time(late), written_day(late)) == ("2026-11-22T00:00:00.004+08:00", "2026-11-22")


@pytest.mark.parametrize("kind", [*RecordKind])
def test_no_property_of_the_standard_is_about_a_person(kind: RecordKind) -> None:
    for one in properties_of(STANDARD.schema(kind).document):
        pieces = {
            *one.path.replace("[]", "").replace(".", "_").split("_"),
            *one.schema.get("title", "").lower().split(),
        }
        assert not pieces & FORBIDDEN, one.path
        assert not [word for word in FORBIDDEN_ZH if word in one.schema.get("x-title-zh", "")], one.path
    places = {"longitude", "latitude", "position", "location", "distance"}
    assert kind is RecordKind.OUTLET or not places & set(STANDARD.schema(kind).document["properties"])


@pytest.mark.parametrize("kind", [*RecordKind])
def test_ids_of_persons_and_reservations_leave_as_pseudonyms_only(kind: RecordKind) -> None:
    schema = STANDARD.schema(kind)
    for name, one in schema.document["properties"].items():
        if name.endswith("_by") or name in {"inspector_id", "reservation_id"}:
            assert name in schema.pseudonyms or one.get("x-record") == "plate", name
        if name in schema.pseudonyms:
            assert one["pattern"] == f"^{schema.pseudonyms[name]}-[a-z2-7]{{26}}$"

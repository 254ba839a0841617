"""A right body for every operation that takes one, and who may send it."""

from collections.abc import Mapping
from typing import Any

from tests.api.visit_bodies import VISIT_CITIZENS, VISITS, VISITS_VERBATIM, VISITS_WHO

GATE = "gat_01JD0000000000000000000000"
SCANS = "/stock-takes/{stock_take_id}/scans"
PATROL_VERBATIM = {
    "/public/outlets/{code}/complaints": {"text"},
    "/complaints/{complaint_id}/answer": {"answer"},
    "/patrol/check-ins": {"plate", "answers[0].value", "answers[0].note", "reinspections[0].note"},
    "/patrol/check-ins/{check_in_id}/review": {"reason"},
    "/plates/scan": {"text"},
    "/rectifications/{token}/answers": {"text"},
}
# Where a scanner may have read anything.
VERBATIM = {
    "/admissions": {"code"},
    "/items/activate": {"code"},
    SCANS: {"items[0].code"},
    **PATROL_VERBATIM,
    **VISITS_VERBATIM,
}
OWNER = {"level": "district", "id": "310101"}
ITEM_TYPE = {
    "name": "示例物品",
    "name_en": "Example item",
    "attributes_schema": {"type": "object", "properties": {"material": {"type": "string"}}},
    "public_attributes": ["material"],
    "label": {"layout": "a4-70", "title": "示例物品"},
    "required_inspections": [{"name": "防火检查", "every_days": 90}],
}
CHECKLIST = {
    "name": "示例检查表",
    "name_en": "Example",
    "sections": [
        {
            "title": "消防",
            "title_en": "Fire",
            "questions": [
                {
                    "id": "exits",
                    "type": "choice",
                    "text": "安全出口",
                    "text_en": "Exits",
                    "when": [{"question_id": "open", "comparison": "equals", "value": True}],
                    "choices": [{"value": "blocked", "text": "堵塞", "text_en": "Blocked", "fails": True}],
                    "failure": {
                        "title": "堵塞",
                        "title_en": "Blocked",
                        "severity": "major",
                        "legal_basis": "《示例》",
                        "deadline_days": 3,
                    },
                }
            ],
        }
    ],
}
OUTLET = {
    "name": "示例清真餐厅",
    "name_en": "Example halal restaurant",
    "kind": "restaurant",
    "address": "示例路2号（虚构地址）",
    "district_id": "310101",
    "position": {"lng": 121.483, "lat": 31.227},
    "uscc": "91310000MA1FL0000N",
    "licence": {
        "number": "示例-0001",
        "issuer": "示例发证机关",
        "valid_from": "2026-01-01",
        "valid_to": "2028-12-31",
        "scope": "餐饮服务",
    },
    "external_id": "list-1",
    "contacts": [{"name": "示例联系人", "phone": "13800000000"}],
}
RIGHT: Mapping[str, Mapping[str, Any]] = {
    **VISITS,
    "/patrol/check-ins": {
        "submission_id": "visit-01",
        "task_id": "tsk_01JD0000000000000000000000",
        "plate": "05nm",
        "site_id": "otl_01JD0000000000000000000000",
        "template_id": "tpl_01JD0000000000000000000000",
        "template_number": 1,
        "started_at": "2026-11-22T09:00:00+08:00",
        "captured_at": "2026-11-22T09:30:00+08:00",
        "sent_at": "2026-11-22T09:31:00+08:00",
        "fix": {
            "lng": 121.475,
            "lat": 31.23,
            "accuracy_m": 20,
            "system": "gcj02",
            "mocked": False,
            "at": "2026-11-22T09:30:00+08:00",
        },
        "answers": [{"question_id": "displayed", "value": True, "note": "示例", "photos": ["ab" * 32]}],
        "reinspections": [
            {
                "finding_id": "fnd_01JD0000000000000000000000",
                "remedy": "fixed",
                "note": "示例",
                "photos": ["ab" * 32],
            }
        ],
        "device": "phone-1",
    },
    "/patrol/check-ins/{check_in_id}/review": {"accepted": True, "reason": "示例"},
    "/patrol/drafts": {
        "submission_id": "visit-01",
        "content": {"step": 1},
        "saved_at": "2026-11-22T09:00:00+08:00",
    },
    "/public/outlets/{code}/complaints": {
        "request_id": "complaint-000001",
        "text": "后厨与非清真食品混放，请核查。",
        "photos": ["ab" * 32],
        "contact": "021-00000000",
    },
    "/public/outlets/{code}/photos": {"sha256": "ab" * 32, "size": 1000},
    "/public/complaints/look": {"complaint_id": "cmp_01JD0000000000000000000000", "secret": "ab" * 16},
    "/complaints/{complaint_id}/take-up": {
        "template_id": "tpl_01JD0000000000000000000000",
        "assignees": ["stf_01JD0000000000000000000000"],
        "due_on": "2027-01-31",
    },
    "/complaints/{complaint_id}/answer": {"outcome": "founded", "answer": "经现场核查，情况属实。"},
    "/photos": {"sha256": "ab" * 32, "size": 1000},
    "/checklists": CHECKLIST | {"site_kind": "venue", "owner": OWNER},
    "/checklists/{checklist_id}/releases": CHECKLIST | {"based_on": 1},
    "/auth/wechat": {"code": "sandbox-bad-fields"},
    "/auth/staff": {"username": "nobody", "password": "nothing", "otp": "123456"},
    "/auth/refresh": {"refresh_token": "ses_x.1.abc"},
    "/me/second-factor/confirm": {"otp": "123456"},
    "/me/second-factor/remove": {"otp": "123456"},
    "/admissions": {"code": "CC1:0", "gate_id": GATE, "nonce": "bad-fields-1", "count": 1, "document_tail": "5678"},
    "/item-types": ITEM_TYPE | {"owner": OWNER},
    "/item-types/{item_type_id}": ITEM_TYPE | {"version": 1},
    "/items/activate": {
        "code": "05nm-kmg0-yghz-smvz-c8tz-zvdw-neb7",
        "name": "示例香炉",
        "serial": "2026-001",
        "attributes": {"material": "铜"},
        "place": {"venue_id": "ven_01JD0000000000000000000000", "spot": "east-hall"},
        "holder": OWNER,
    },
    "/items/{item_id}/actions": {
        "kind": "inspect",
        "outcome": "conformant",
        "condition": "stolen",
        "place": {"venue_id": "ven_01JD0000000000000000000000", "spot": "east-hall"},
        "happened_at": "2026-11-22T09:00:00+08:00",
    },
    "/item-transfers": {"item_ids": ["itm_x"], "to": OWNER, "purpose": "loan", "due_on": "2027-03-01"},
    "/item-events/corrections": {
        "event_id": "urn:example:event:1",
        "reason": "did_not_occur",
        "corrective_event_ids": ["urn:example:event:2"],
    },
    "/stock-takes": {
        "place": {"venue_id": "ven_01JD0000000000000000000000", "spot": "east-hall"},
        "item_type_id": "ity_01JD0000000000000000000000",
        "name": "示例盘点",
    },
    SCANS: {
        "items": [
            {
                "scan_id": "scan-1",
                "code": "05nm",
                "scanned_at": "2026-11-22T09:00:00+08:00",
                "device_id": "phone-1",
                "spot": "east-hall",
            }
        ]
    },
    "/stock-takes/{stock_take_id}/sign-off": {"mark_missing": True},
    "/plates": {"site_id": "otl_01JD0000000000000000000000"},
    "/plates/missing": {"site_ids": ["otl_01JD0000000000000000000000"]},
    "/plates/print": {"site_ids": ["otl_01JD0000000000000000000000"]},
    "/plates/scan": {"text": "01", "near": {"lng": 121.483, "lat": 31.227}, "accuracy_m": 30},
    "/plates/{plate_id}/replace": {"reason": "damaged"},
    "/plates/{plate_id}/revoke": {"reason": "stolen"},
    "/outlets": OUTLET,
    "/outlets/{outlet_id}/changes": OUTLET | {"version": 1},
    "/outlets/{outlet_id}/close": {"reason": "ceased", "version": 1},
    "/outlets/{outlet_id}/reopen": {"version": 1},
    "/outlets/{outlet_id}/merge": {"into": "otl_01JD0000000000000000000000", "version": 1},
    "/findings/{finding_id}/extend": {"due_on": "2026-12-20", "reason": "season"},
    "/findings/{finding_id}/withdraw": {"reason": "duplicate"},
    "/rectifications/{token}/answers": {"text": "示例", "photos": ["ab" * 32]},
    "/rectifications/{token}/photos": {"sha256": "ab" * 32, "size": 1000},
    "/item-batches": {"item_type_id": "ity_01JD0000000000000000000000", "quantity": 1, "owner": OWNER},
    "/patrol/tasks": {
        "site_id": "otl_01JD0000000000000000000000",
        "template_id": "tpl_01JD0000000000000000000000",
        "assignees": ["stf_01JD0000000000000000000000"],
        "from_on": "2026-12-01",
        "due_on": "2026-12-31",
    },
    "/patrol/tasks/{task_id}/cancel": {"reason": "duplicate"},
    "/patrol/tasks/{task_id}/reassign": {"assignees": ["stf_01JD0000000000000000000000"]},
    "/patrol/rounds": {
        "name": "示例例行巡查",
        "district_id": "310101",
        "site_kind": "outlet",
        "template_id": "tpl_01JD0000000000000000000000",
        "every_days": 10,
        "from_on": "2026-12-01",
        "due_on": "2026-12-31",
    },
    "/patrol/rounds/{round_id}/cancel": {"reason": "not_needed"},
    "/patrol/draws": {
        "name": "示例双随机抽查",
        "scope": {"level": "district", "id": "310101"},
        "site_kind": "outlet",
        "template_id": "tpl_01JD0000000000000000000000",
        "sites": 2,
        "inspectors_per_site": 2,
        "from_on": "2026-12-01",
        "due_on": "2026-12-31",
        "publish_on": "2027-01-01",
        "public_source": {"name": "示例彩票第2026132期", "announced_on": "2026-12-01"},
        "recusals": [
            {
                "inspector_id": "stf_01JD0000000000000000000000",
                "site_id": "otl_01JD0000000000000000000000",
                "reason": "kinship",
            },
        ],
    },
    "/patrol/draws/{draw_id}/hold": {"public_value": "03 07 12 + 08"},
    "/admin/sync/reconciliations": {"kinds": ["outlet", "plate"], "depth": "sums", "treatment": "report"},
    "/patrol/draws/{draw_id}/withdraw": {"reason": "not_needed"},
    "/admin/clients": {
        "name": "示例平台",
        "scopes": ["records:read"],
        "districts": ["310101"],
        "requests_per_minute": 60,
        "requests_per_day": 10_000,
    },
    "/admin/clients/{client_id}/rotate": {"old_secret_minutes": 60},
    "/admin/sync/dead-letters/replay": {"kind": "reservation", "ids": ["reservation:rsv_01JD0000000000000000000000"]},
    "/admin/webhooks": {
        "url": "https://platform.example/hooks",
        "events": ["reservation.booked"],
        "description": "示例平台",
    },
}
# What citizens send; others add their paths.
CITIZENS = VISIT_CITIZENS
PLANS = ("/patrol/tasks", "/patrol/rounds", "/patrol/draws")
PATROLS = ("/findings", "/outlets", "/checklists", "/plates", "/complaints", *PLANS, "/photos")
STAFF = ("/item", "/stock", *PATROLS, "/admin/webhooks", "/admin/sync", "/admin/clients")
WHO = {path: "admin" for path in RIGHT if path.startswith(STAFF)} | {
    **VISITS_WHO,
    "/me/second-factor/confirm": "auditor",
    "/me/second-factor/remove": "auditor",
    "/admissions": "gate",
    "/patrol/check-ins": "inspector",
    "/patrol/check-ins/{check_in_id}/review": "district",
    "/patrol/drafts": "inspector",
}

"""Examples of path parameters in the OpenAPI document: well-formed, though nothing is there."""

from collections.abc import Mapping

from handlers.schemas.plates import EXAMPLE_PLATE_CODE

_BY_NAME: Mapping[str, str] = {
    "gate_conflict_id": "gat_01JD0000000000000000000000.device7-000042.admitted_twice",
    "device_id": "dev_01JD0000000000000000000000",
    "release_id": "rel_01JD0000000000000000000000",
    "webhook_id": "whk_01JD0000000000000000000000",
    "delivery_id": "evt_01JD0000000000000000000000",
    "client_id": "cli_01JD0000000000000000000000",
    "kind": "reservation",
    "reconciliation_id": "rec_01JD0000000000000000000000",
    "conflict_id": "cfl_01JD0000000000000000000000",
    "finding_id": "fnd_01JD0000000000000000000000",
    "token": "Vn3m0hHk1Yq5T9bX2cW7ZA",
    "checklist_id": "tpl_01JD0000000000000000000000",
    "release_number": "1",
    "outlet_id": "otl_01JD0000000000000000000000",
    "outlet_table_id": "otb_01JD0000000000000000000000",
    "year": "2027",
    "no_show_id": "nsh_01JD0000000000000000000000",
    "closure_id": "clo_01JD0000000000000000000000",
    "slot_id": "slt_01JD0000000000000000000000",
    "gate_id": "gat_01JD0000000000000000000000",
    "venue_id": "ven_01JD0000000000000000000000",
    "group_id": "huangpu-temples",
    "lease_id": "rsv_01JD0000000000000000000000",
    "companion_id": "cpn_01JD0000000000000000000000",
    "application_id": "gap_01JD0000000000000000000000",
    "reservation_id": "rsv_01JD0000000000000000000000",
    "rating_id": "rtg_0123456789abcdef0123456789abcdef",
    "item_type_id": "ity_01JD0000000000000000000000",
    "item_batch_id": "ibt_01JD0000000000000000000000",
    "item_id": "itm_01JD0000000000000000000000",
    "transfer_id": "trf_01JD0000000000000000000000",
    "table_id": "tab_0123456789abcdef0123456789abcdef",
    "job_id": "job_01JD0000000000000000000000",
    "plate_id": "plt_01JD0000000000000000000000",
    "stock_take_id": "stk_01JD0000000000000000000000",
    "task_id": "tsk_01JD0000000000000000000000",
    "round_id": "rnd_01JD0000000000000000000000",
    "draw_id": "drw_01JD0000000000000000000000",
    "check_in_id": "chk_01JD0000000000000000000000",
    "submission_id": "visit-01JD0000000000000000000000",
    "photo_id": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    "complaint_id": "cmp_01JD0000000000000000000000",
}
# The same name means another code there.
_BY_PLACE: Mapping[tuple[str, str], str] = {
    ("public/items", "code"): "05nm-kmg0-yghz-smvz-c8tz-zvdw-neb7",
    ("public/outlets", "code"): EXAMPLE_PLATE_CODE,
}


def example_of(path: str, name: str) -> str:
    """Return an example of the parameter `name` of a path such as `/public/items/{code}`; raises KeyError."""
    place = path.partition("/{")[0].strip("/")
    return _BY_PLACE.get((place, name)) or _BY_NAME[name]

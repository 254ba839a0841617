"""Figures about patrols over HTTP, as JSON and as a spreadsheet."""

from tests.api.house import House, accepted
from tests.sheets import first_sheet, opened

DAYS = {"from": "2026-11-01", "to": "2026-11-30"}


async def test_districts_have_names_and_the_sheet_numbers(house: House) -> None:
    admin = await house.staff("admin")
    figures = accepted(await admin.get("/patrol/statistics", params={**DAYS, "district_id": "310101"}))
    assert [(one["district_name"], one["district_name_en"]) for one in figures["districts"]] == [("黄浦区", "Huangpu")]
    answer = await admin.get("/patrol/statistics.xlsx", params=DAYS)
    assert answer.status_code == 200, answer.text
    assert "patrols-2026-11-01--2026-11-30.xlsx" in answer.headers["Content-Disposition"]
    heads, _, total, *districts = first_sheet(opened(answer.content)).iter_rows(values_only=True)
    at = heads.index("sites")
    assert total[at] == sum(one[at] for one in districts if one[0] == "district")
    assert isinstance(total[at], int)
    assert ("310101", "黄浦区") in {one[1:3] for one in districts}

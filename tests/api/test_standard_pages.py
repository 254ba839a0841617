"""The data standard as anybody sees it: the dictionary as page and spreadsheet, and the schemas."""

import io
import json
import re

import openpyxl

from server.sync.standard_files import FOLDER, load_documents
from services.sync.model import RecordKind
from tests.api.house import House, refused

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def test_the_dictionary_tells_every_property_in_both_languages(house: House) -> None:
    answer = await house.client.get("/standard")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "<script" not in answer.text
    for document in load_documents().values():
        anchor = document["x-standard"].replace("/", ".v")
        section = answer.text.partition(f'id="{anchor}"')[2].partition("</section>")[0]
        for name, schema in document["properties"].items():
            assert f"<code>{name}</code>" in section
            assert schema["x-title-zh"] in section
        assert f'href="#{anchor}"' in answer.text
    again = await house.client.get("/standard", headers={"If-None-Match": answer.headers["Etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_links_of_the_page_lead_somewhere(house: House) -> None:
    text = (await house.client.get("/standard")).text
    anchors = set(re.findall(r'id="([^"]+)"', text))
    for link in set(re.findall(r'href="([^"]+)"', text)):
        if link.startswith("#"):
            assert link[1:] in anchors
        elif not link.startswith("data:"):
            assert (await house.client.get(link)).status_code == 200, link


async def test_the_dictionary_is_a_spreadsheet_too(house: House) -> None:
    answer = await house.client.get("/standard/dictionary.xlsx")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, XLSX)
    assert 'filename="chengma-data-dictionary.xlsx"' in answer.headers["Content-Disposition"]
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert len(book.sheetnames) == len(load_documents()) + 3
    assert {name.split(" ")[0] for name in book.sheetnames[1:-2]} == set(RecordKind)


async def test_schemas_are_those_of_the_files(house: House) -> None:
    for name in load_documents():
        answer = await house.client.get(f"/standard/{name}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/schema+json")
        assert answer.json() == json.loads((FOLDER / name).read_text(encoding="utf-8"))


async def test_nothing_else_is_there(house: House) -> None:
    for name in ("thing.v1.schema.json", "outlet.v9.schema.json", "released.json", "README.md", "..%2Freleased.json"):
        refused(await house.client.get(f"/standard/{name}"), 404, "route_not_found")

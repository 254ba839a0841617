"""Pictures are shown to those who may see the record, and only where its own people sent the photo."""

from tests.api.house import House, refused
from tests.api.test_reinspections import found, plain, send
from tests.patrol_walk import a_checklist, a_visit, an_outlet, submitted
from tests.photos import sum_of


async def test_who_knows_the_name_of_a_photo_does_not_have_it(house: House) -> None:
    inspector, stranger = await house.staff("inspector"), await house.staff("inspector2")
    site, template, photo = await an_outlet(house), await a_checklist(house), plain()
    await send(inspector, photo)
    failing = [{"question_id": "displayed", "value": False, "photos": [sum_of(photo)]}]
    own = await submitted(inspector, a_visit(template, site_id=site["id"], answers=failing))
    of_finding = f"/findings/{own['findings'][0]}/photos/{sum_of(photo)}"
    for path in (f"/patrol/check-ins/{own['id']}/photos/{sum_of(photo)}", of_finding):
        assert (await inspector.get(path)).status_code == 200
        assert (await stranger.get(path)).status_code == 200  # of the same district, so it is in scope

    other_site = await an_outlet(house)
    borrowed = await submitted(stranger, a_visit(template, site_id=other_site["id"], answers=failing))
    path = f"/patrol/check-ins/{borrowed['id']}/photos/{sum_of(photo)}"
    refused(await stranger.get(path), 404, "check_in_photo_not_found")
    finding_id = await found(stranger, template, (await an_outlet(house))["id"], photo)
    refused(await stranger.get(f"/findings/{finding_id}/photos/{sum_of(photo)}"), 404, "photo_not_found")

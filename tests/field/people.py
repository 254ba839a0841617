"""The people of the week: inspectors with phones, an officer of each district, and owners with a link."""

import hashlib
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from services.venues.coordinates import to_wgs84
from tests.field.line import Line, Refused
from tests.field.phone import PIECE, Phone

VISIT_TAKES = timedelta(minutes=12)


@dataclass(frozen=True, kw_only=True)
class Promise:
    """What an inspector saw, which must be there in the end, exactly once."""

    submission_id: str
    inspector_id: str
    site_id: str
    failed: tuple[str, ...]
    photos: tuple[str, ...]
    reinspects: str | None


@dataclass(kw_only=True)
class Inspector:
    """One inspector: goes from task to task, honest for most of the time."""

    id: str
    username: str
    phone: Phone
    luck: random.Random
    skew: timedelta
    tasks: list[dict[str, Any]] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    doubtful: int = 0

    async def plan_day(self) -> None:
        """Fetch the day's tasks while there is a network."""
        known = {task["id"] for task in self.tasks}
        mine = await self.phone.line.all_of("/patrol/tasks", state="open")
        self.tasks += [task for task in mine if task["id"] not in known]
        self.tasks.sort(key=lambda task: (task["kind"] != "reinspection", task["due_on"], task["id"]))

    def visit(self, task: dict[str, Any], site: dict[str, Any], checklist: str, ended_at: datetime) -> None:
        """Make a visit and store what was seen."""
        self.tasks.remove(task)
        failed = tuple(one for one in ("licence_shown", "kept_apart") if self.luck.random() < 0.12)
        photo = self.phone.take_photo()
        photos = [photo]
        answers: list[dict[str, Any]] = [{"question_id": "front", "value": None, "photos": [photo]}]
        for question in ("licence_shown", "kept_apart"):
            evidence = [self.phone.take_photo()] if question in failed else []
            photos += evidence
            answers.append({"question_id": question, "value": question not in failed, "photos": evidence})
        answers.append({"question_id": "freezer", "value": round(self.luck.uniform(-25, -18), 1)})
        reinspections = []
        if task["kind"] == "reinspection":
            after = self.phone.take_photo()
            photos.append(after)
            remedy = "fixed" if self.luck.random() < 0.85 else "not_fixed"
            reinspections = [{"finding_id": task["origin_id"], "remedy": remedy, "photos": [after]}]
        visit = {
            "submission_id": f"{self.username}-{len(self.promises):04}-{self.luck.randrange(1 << 32):08x}",
            "task_id": task["id"],
            **({"plate": site["link"]} if self.luck.random() < 0.9 else {"site_id": site["id"]}),
            "template_id": checklist,
            "template_number": 1,
            "started_at": (ended_at - VISIT_TAKES + self.skew).isoformat(),
            "captured_at": (ended_at + self.skew).isoformat(),
            "fix": self._fix(site, ended_at),
            "answers": answers,
            "reinspections": reinspections,
            "device": f"phone of {self.username}",
        }
        self.phone.keep(visit)
        self.promises.append(
            Promise(
                submission_id=visit["submission_id"],
                inspector_id=self.id,
                site_id=site["id"],
                failed=failed,
                photos=tuple(photos),
                reinspects=task["origin_id"] if reinspections else None,
            )
        )

    def _fix(self, site: dict[str, Any], at: datetime) -> dict[str, Any] | None:
        """Return where the phone says it is: near the site, or now and then nowhere, or kilometres away."""
        chance = self.luck.random()
        self.doubtful += chance < 0.06
        if chance < 0.03:
            return None
        away = 0.05 if chance < 0.06 else 0.0002
        lng = site["position"]["lng"] + self.luck.uniform(-1, 1) * away
        lat = site["position"]["lat"] + (away if chance < 0.06 else self.luck.uniform(-1, 1) * away)
        fix = {"accuracy_m": self.luck.uniform(5, 40), "mocked": False, "at": (at + self.skew).isoformat()}
        if self.luck.random() < 0.5:
            wgs_lng, wgs_lat = to_wgs84(lng, lat)
            return {**fix, "lng": round(wgs_lng, 6), "lat": round(wgs_lat, 6), "system": "wgs84"}
        return {**fix, "lng": round(lng, 6), "lat": round(lat, 6), "system": "gcj02"}


@dataclass(kw_only=True)
class Officer:
    """The office of a district: reviews what is in doubt, and sends notices for most of what is found."""

    line: Line
    luck: random.Random
    links: list[str] = field(default_factory=list)
    reviewed: int = 0

    async def work(self) -> None:
        """Do what has come in."""
        for one in await self.line.all_of("/patrol/reviews"):
            wish = {"accepted": self.luck.random() < 0.7, "reason": "示例复核"}
            await self._try(f"/patrol/check-ins/{one['id']}/review", wish)
            self.reviewed += 1
        for one in await self.line.all_of("/findings", state="open"):
            if self.luck.random() < 0.7:
                sent = await self._try(f"/findings/{one['id']}/dispatch", {})
                if sent is not None:
                    self.links.append(sent["link"].rpartition("/")[2])

    async def _try(self, path: str, body: dict[str, Any]) -> Any:
        """Ask; a refusal because a colleague, or a lost answer, was first is no trouble."""
        try:
            return await self.line.insist("POST", path, body)
        except Refused as refusal:
            if refusal.status != HTTPStatus.CONFLICT:
                raise
            return None


async def answer_as_owner(line: Line, luck: random.Random, token: str) -> None:
    """Put it right, and show it."""
    content = Phone(line=line, luck=luck, deadly=0.0)
    name = content.take_photo()
    picture = content.storage.photos[name]
    assert hashlib.sha256(picture).hexdigest() == name
    try:
        await line.insist("POST", f"/rectifications/{token}/photos", {"sha256": name, "size": len(picture)})
        for offset in range(0, len(picture), PIECE):
            piece = picture[offset : offset + PIECE]
            await line.post_bytes(f"/rectifications/{token}/photos/{name}/chunks", piece, offset=offset)
        await line.insist("POST", f"/rectifications/{token}/answers", {"text": "已整改。", "photos": [name]})
    except Refused as refusal:
        if refusal.status not in {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}:  # closed meanwhile
            raise

"""Releases and their papers in MongoDB."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, timedelta

from pymongo import DESCENDING
from pymongo.errors import BulkWriteError, DuplicateKeyError

from services.common.model import IdempotentRequest
from services.common.mongo import Document, Mongo, Session, translated_failures
from services.common.requests import MongoRequests
from services.common.stretches import stretches
from services.reservations.releases.documents import read_release, release_document
from services.reservations.releases.drawing import digest_of
from services.reservations.releases.errors import ReleaseExists
from services.reservations.releases.model import Paper, Release, ReleaseState
from services.reservations.releases.mongo.plans import GATES, PAPERS, RELEASES, gate_id
from services.reservations.releases.rules import GATES as GATE_COUNT

# The texts are ASCII; a document holds 16 MB.
PIECE_CHARACTERS = 4_000_000
PIECE_WITHIN_S = 30.0
GATES_KEPT = timedelta(days=30)


class MongoReleases:
    """See `services.reservations.releases.ports.ReleaseStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._releases = mongo.collection(RELEASES)
        self._papers = mongo.collection(PAPERS)
        self._gates = mongo.collection(GATES)
        self._requests = MongoRequests(mongo)

    async def add(self, release: Release, request: IdempotentRequest | None) -> Release:
        """Keep a new release and its gates; return it, or what the request made before."""

        async def work(session: Session) -> None:
            await self._requests.claim(request, {"_id": release.id}, session)
            await self._releases.insert_one(release_document(release), session=session)
            await self._gates.insert_many(_gates(release), session=session)

        try:
            await self._mongo.transact(work)
        except (DuplicateKeyError, BulkWriteError):
            return await self._present(release, request)
        return release

    async def _present(self, release: Release, request: IdempotentRequest | None) -> Release:
        answer = await self._requests.first_answer(request)
        found = await self.find(release.id if answer is None else str(answer["_id"]))
        # A commit whose answer was lost is tried again, and meets itself.
        if found is None or (answer is None and found.seed_sha256 != release.seed_sha256):
            raise ReleaseExists
        return found

    async def find(self, release_id: str) -> Release | None:
        """Return the release, if there is one."""
        async with translated_failures():
            document = await self._releases.find_one({"_id": release_id})
        return None if document is None else read_release(document)

    async def of_venue(self, venue_id: str, before: date, most: int) -> Sequence[Release]:
        """Return a venue's releases for days before `before`, the latest day first."""
        query = {"venue_id": venue_id, "visit_on": {"$gte": "", "$lt": before.isoformat()}}
        async with translated_failures():
            found = self._releases.find(query).sort("visit_on", DESCENDING).limit(most)
            return [read_release(one) async for one in found]

    async def in_state(self, state: ReleaseState, since: date = date.min) -> Sequence[Release]:
        """Return all releases in a state, for days from `since` on."""
        query = {"state": state.value, "visit_on": {"$gte": since.isoformat(), "$lt": date.max.isoformat()}}
        async with translated_failures():
            return [read_release(one) async for one in self._releases.find(query)]

    async def claim(self, release: Release) -> bool:
        """Keep the release as it is now, its version being the next one; False when somebody was quicker."""
        document = release_document(release)
        before = {"_id": release.id, "version": release.version - 1}
        async with translated_failures():
            result = await self._releases.replace_one(before, document)
        return result.modified_count == 1

    async def put_paper(self, release_id: str, text: str) -> Paper:
        """Keep a text under its own digest; the same again changes nothing."""
        digest = digest_of(text)
        pieces = [text[at : at + PIECE_CHARACTERS] for at in range(0, len(text), PIECE_CHARACTERS)]
        paper = Paper(sha256=digest, pieces=len(pieces))
        for key, piece in zip(_keys(release_id, paper), pieces, strict=True):
            document = {"_id": key, "release_id": release_id, "sha256": digest, "text": piece}
            async with translated_failures(PIECE_WITHIN_S):
                await self._papers.replace_one({"_id": key}, document, upsert=True)
        return paper

    async def pieces(self, release_id: str, paper: Paper) -> AsyncIterator[str]:
        """Return the pieces of a text in their order."""
        for key in _keys(release_id, paper):
            async with translated_failures(PIECE_WITHIN_S):
                document = await self._papers.find_one({"_id": key})
            yield "" if document is None else document["text"]

    async def drop_other_papers(self, release: Release) -> None:
        """Delete the texts that this release does not name."""
        papers = [
            one for one in (release.frozen and release.frozen.pool, release.drawn and release.drawn.result) if one
        ]
        named = {paper.sha256 for paper in papers}
        async with translated_failures(PIECE_WITHIN_S):
            found = self._papers.find({"release_id": release.id}, {"_id": 1, "sha256": 1})
            others = [one["_id"] async for one in found if one["sha256"] not in named]
            for some in stretches(others):
                await self._papers.delete_many({"_id": {"$in": some}})


def _keys(release_id: str, paper: Paper) -> list[str]:
    return [f"{release_id}:{paper.sha256}:{number}" for number in range(paper.pieces)]


def _gates(release: Release) -> list[Document]:
    forget_at = release.draw_at + GATES_KEPT
    return [
        {"_id": gate_id(release.id, gate), "open": True, "passed": 0, "forget_at": forget_at}
        for gate in range(GATE_COUNT)
    ]

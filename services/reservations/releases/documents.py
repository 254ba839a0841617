"""How releases and requests are written as documents."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from services.common.model import IdempotentRequest
from services.reservations.model import DocumentType, ProtectedVisitor
from services.reservations.releases.model import (
    Beacon,
    Drawn,
    DrawRequest,
    Entry,
    Frozen,
    Paper,
    PublicSource,
    Release,
    ReleaseState,
    RequestState,
    Settled,
)

Document = dict[str, Any]
NO_VISITORS: Document = {"visitors": [], "contact_phone": None}


def release_document(release: Release) -> Document:
    """Return the document of a release; days are texts, so that they sort."""
    return {
        "_id": release.id,
        "venue_id": release.venue_id,
        "visit_on": release.visit_on.isoformat(),
        "requests_open_at": release.requests_open_at,
        "requests_close_at": release.requests_close_at,
        "draw_at": release.draw_at,
        "source": _source(release.source),
        "seed_sha256": release.seed_sha256,
        "sealed_seed": release.sealed_seed,
        "state": release.state.value,
        "made_at": release.made_at,
        "made_by": release.made_by,
        "public_value": release.public_value,
        "frozen": _frozen(release.frozen),
        "drawn": _drawn(release.drawn),
        "cursor": release.cursor,
        "settled": _settled(release.settled),
        "version": release.version,
    }


def _source(source: PublicSource | None) -> Document | None:
    return None if source is None else {"name": source.name, "announced_on": source.announced_on.isoformat()}


def _paper(paper: Paper) -> Document:
    return {"sha256": paper.sha256, "pieces": paper.pieces}


def _frozen(frozen: Frozen | None) -> Document | None:
    return None if frozen is None else {**vars(frozen), "pool": _paper(frozen.pool)}


def _drawn(drawn: Drawn | None) -> Document | None:
    return None if drawn is None else {**vars(drawn), "beacon": vars(drawn.beacon), "result": _paper(drawn.result)}


def _settled(settled: Settled | None) -> Document | None:
    if settled is None:
        return None
    return {"forfeited": [list(one) for one in settled.forfeited], "settled_at": settled.settled_at}


def read_release(document: Mapping[str, Any]) -> Release:
    """Return the release of a document."""
    source, frozen = document["source"], document["frozen"]
    drawn, settled = document["drawn"], document["settled"]
    return Release(
        id=document["_id"],
        venue_id=document["venue_id"],
        visit_on=date.fromisoformat(document["visit_on"]),
        requests_open_at=document["requests_open_at"],
        requests_close_at=document["requests_close_at"],
        draw_at=document["draw_at"],
        source=source
        and PublicSource(name=source["name"], announced_on=date.fromisoformat(source["announced_on"])),
        seed_sha256=document["seed_sha256"],
        sealed_seed=document["sealed_seed"],
        state=ReleaseState(document["state"]),
        made_at=document["made_at"],
        made_by=document["made_by"],
        public_value=document["public_value"],
        frozen=frozen and Frozen(**{**frozen, "pool": Paper(**frozen["pool"])}),
        drawn=drawn
        and Drawn(**{**drawn, "beacon": Beacon(**drawn["beacon"]), "result": Paper(**drawn["result"])}),
        cursor=document["cursor"],
        settled=settled
        and Settled(
            forfeited=tuple((ticket, code) for ticket, code in settled["forfeited"]),
            settled_at=settled["settled_at"],
        ),
        version=document["version"],
    )  # fmt: skip


def request_document(request: DrawRequest, repeat: IdempotentRequest | None) -> Document:
    """Return the document of a new request."""
    return {
        "_id": request.id,
        "release_id": request.release_id,
        "citizen_id": request.citizen_id,
        "venue_id": request.venue_id,
        "ticket": request.ticket,
        "salt": request.salt,
        "choices": list(request.choices),
        "party_size": request.party_size,
        "visitors": [
            {"identity": one.identity, "id_type": one.id_type.value, "document_digest": one.document_digest}
            for one in request.visitors
        ],
        "contact_phone": request.contact_phone,
        "made_at": request.made_at,
        "state": request.state.value,
        "slot_id": request.slot_id,
        "reservation_id": request.reservation_id,
        "refusal": request.refusal,
        "request_id": None if repeat is None else repeat.id,
        "fingerprint": None if repeat is None else repeat.fingerprint,
        "closes_at": request.closes_at,
        "forget_at": request.forget_at,
    }


def outcome_changes(request: DrawRequest) -> Document:
    """Return the fields that change when it is known what became of a request: its visitors are forgotten."""
    return {
        "state": request.state.value,
        "slot_id": request.slot_id,
        "reservation_id": request.reservation_id,
        "refusal": request.refusal,
        **NO_VISITORS,
    }


def read_request(document: Mapping[str, Any]) -> DrawRequest:
    """Return the request of a document."""
    return DrawRequest(
        id=document["_id"],
        release_id=document["release_id"],
        citizen_id=document["citizen_id"],
        venue_id=document["venue_id"],
        ticket=document["ticket"],
        salt=document["salt"],
        choices=tuple(document["choices"]),
        party_size=document["party_size"],
        visitors=tuple(
            ProtectedVisitor(
                identity=one["identity"],
                id_type=DocumentType(one["id_type"]),
                document_digest=one["document_digest"],
            )
            for one in document["visitors"]
        ),
        contact_phone=document["contact_phone"],
        made_at=document["made_at"],
        closes_at=document["closes_at"],
        forget_at=document["forget_at"],
        state=RequestState(document["state"]),
        slot_id=document["slot_id"],
        reservation_id=document["reservation_id"],
        refusal=document["refusal"],
    )


def read_entry(document: Mapping[str, Any]) -> Entry:
    """Return what the pool shows of a request."""
    return Entry(ticket=document["ticket"], party_size=document["party_size"], choices=tuple(document["choices"]))

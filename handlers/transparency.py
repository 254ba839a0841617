"""The log that proves: checkpoints, its key, proofs and leaves, for anybody."""

from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.transparency import (
    CheckpointPageSchema,
    CheckpointQuery,
    CheckpointSchema,
    ConsistencyProofSchema,
    ConsistencyQuery,
    EntriesQuery,
    EntriesSchema,
    InclusionProofSchema,
    InclusionQuery,
    LogKeySchema,
    LogQuery,
)
from services.common.model import Page
from services.common.pages import CursorInvalid
from services.transparency.errors import CheckpointAbsent, LogDamaged, LogRangeInvalid
from services.transparency.model import ConsistencyProof, InclusionProof, SignedCheckpoint
from services.transparency.reading import LogReading

TAG = "Transparency"
FOR_A_MOMENT = "public, max-age=5"
FOR_AN_HOUR = "public, max-age=3600"
FOR_EVER = "public, max-age=31536000, immutable"
PROOF_REFUSALS = (CheckpointAbsent, LogRangeInvalid, LogDamaged)


class _LogHandler(ApiHandler):
    @property
    def log(self) -> LogReading:
        """The log that is asked."""
        return self.services.transparency[self.parameters["log"]]

    def keep(self, how_long: str) -> None:
        """Let caches keep the answer."""
        self.set_header("Cache-Control", how_long)

    def keep_if_given(self, *parameters: Any) -> None:
        """Let caches keep the answer for ever where it says the same for ever: all parameters were given."""
        self.keep(FOR_A_MOMENT if None in parameters else FOR_EVER)


class CheckpointHandler(_LogHandler):
    """`/transparency/checkpoint`."""

    @operation(
        Operation(
            summary="See the latest checkpoint",
            tag=TAG,
            query=LogQuery,
            reply=CheckpointSchema,
            refusals=(CheckpointAbsent,),
        )
    )
    async def get(self) -> SignedCheckpoint:
        """Return the latest checkpoint."""
        latest = await self.log.latest()
        self.keep(FOR_A_MOMENT)
        return latest


class CheckpointsHandler(_LogHandler):
    """`/transparency/checkpoints`."""

    @operation(
        Operation(
            summary="List all checkpoints",
            tag=TAG,
            query=CheckpointQuery,
            reply=CheckpointPageSchema,
            refusals=(CursorInvalid,),
        )
    )
    async def get(self) -> Page[SignedCheckpoint]:
        """Return a page of checkpoints."""
        page = await self.log.page(self.parameters["after"], self.parameters["limit"])
        self.keep_if_given(page.next)
        return page


class LogKeyHandler(_LogHandler):
    """`/transparency/key`."""

    @operation(Operation(summary="See the key of the log", tag=TAG, query=LogQuery, reply=LogKeySchema))
    async def get(self) -> dict[str, Any]:
        """Return the key that signs checkpoints now."""
        keys = self.log.keys
        self.keep(FOR_AN_HOUR)
        return {
            "origin": keys.origin,
            "kid": keys.signing.kid,
            "algorithm": keys.ALGORITHM,
            "public_key": keys.public.public,
            "vkey": keys.public.text,
        }


class InclusionHandler(_LogHandler):
    """`/transparency/proof/inclusion`."""

    @operation(
        Operation(
            summary="Prove that a leaf is in the log",
            tag=TAG,
            query=InclusionQuery,
            reply=InclusionProofSchema,
            refusals=PROOF_REFUSALS,
        )
    )
    async def get(self) -> InclusionProof:
        """Return an inclusion proof."""
        asked = self.parameters
        proof = await self.log.inclusion(asked["index"], asked["size"])
        self.keep_if_given(asked["size"])
        return proof


class ConsistencyHandler(_LogHandler):
    """`/transparency/proof/consistency`."""

    @operation(
        Operation(
            summary="Prove that the log only grew",
            tag=TAG,
            query=ConsistencyQuery,
            reply=ConsistencyProofSchema,
            refusals=PROOF_REFUSALS,
        )
    )
    async def get(self) -> ConsistencyProof:
        """Return a consistency proof."""
        asked = self.parameters
        proof = await self.log.consistency(asked["since"], asked["until"])
        self.keep_if_given(asked["until"])
        return proof


class EntriesHandler(_LogHandler):
    """`/transparency/entries`."""

    @operation(
        Operation(
            summary="List leaves of the log",
            tag=TAG,
            description="Leaf hashes, as far as a checkpoint is signed. A leaf is the SHA-256 of a zero byte and a "
            "commitment, which tells nothing of the event to those who lack its salt.",
            query=EntriesQuery,
            reply=EntriesSchema,
            refusals=PROOF_REFUSALS,
        )
    )
    async def get(self) -> dict[str, Any]:
        """Return leaf hashes."""
        first, limit = self.parameters["first"], self.parameters["limit"]
        found = await self.log.leaf_hashes(first, limit)
        after = first + limit if len(found) == limit else None
        self.keep_if_given(after)
        return {"items": [{"index": index, "leaf_hash": leaf} for index, leaf in found], "next": after}

"""The photo room on a real database, with a lab of real processes or one that answers at once."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from services.common.mongo import Mongo
from services.photos.developing import Developing
from services.photos.keeping import Photos
from services.photos.model import Developed, Photo, PhotoRefusal
from services.photos.mongo import PIECES, MongoPhotos, MongoPictures, MongoPieces
from services.photos.pictures import develop
from services.photos.ports import LabLost, PhotoStore
from services.photos.room import Room
from services.photos.sweeping import Sweeping
from services.photos.uploading import Uploading
from services.photos.watermarks import watermark
from tests.photos import CHUNK, sum_of

UPLOADER = "stf_01JD0000000000000000000000"


@dataclass
class MovableClock:
    """A clock that stands still until it is moved."""

    present: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def now(self) -> datetime:
        return self.present

    def move(self, by: timedelta) -> None:
        self.present += by


class LabHere:
    """Makes pictures in this process; loses the first `losses` files, as a lab whose processes die does."""

    def __init__(self, *, losses: int = 0) -> None:
        self.losses = losses
        self.developed = 0

    async def develop(self, pieces: Callable[[], AsyncIterator[bytes]]) -> Developed | PhotoRefusal:
        file = b"".join([piece async for piece in pieces()])
        if self.losses:
            self.losses -= 1
            raise LabLost
        self.developed += 1
        return develop(file)

    async def watermark(self, clean: bytes, lines: Sequence[str]) -> bytes:
        return watermark(clean, lines, "")

    async def close(self) -> None:
        """Nothing to end."""


class PhotoRoom:
    """All parts of the room, as one process has them."""

    def __init__(
        self,
        mongo: Mongo,
        *,
        photos: PhotoStore | None = None,
        clock: MovableClock | None = None,
        lab: LabHere | None = None,
    ) -> None:
        self.clock = clock or MovableClock()
        self.store = photos or MongoPhotos(mongo)
        self.pieces = MongoPieces(mongo)
        self.pictures = MongoPictures(mongo)
        self.lab = lab or LabHere()
        self.developing = Developing(
            photos=self.store, pieces=self.pieces, pictures=self.pictures, lab=self.lab, clock=self.clock
        )
        self.sweeping = Sweeping(photos=self.store, pieces=self.pieces, pictures=self.pictures, clock=self.clock)
        self.photos = Photos(
            photos=self.store,
            pictures=self.pictures,
            lab=self.lab,
            uploading=Uploading(photos=self.store, pieces=self.pieces, clock=self.clock, wake=self.developing.wake),
            room=Room(),
            public_room=Room(),
            clock=self.clock,
        )

    async def send(
        self, file: bytes, *, chunk: int = CHUNK, named: str | None = None, uploader: str = UPLOADER
    ) -> Photo:
        """Send a whole file, as a client that nobody disturbs."""
        name = named or sum_of(file)
        photo = await self.photos.begin(name, len(file), uploader)
        for offset in range(photo.received, len(file), chunk):
            photo = await self.photos.add_chunk(name, offset, file[offset : offset + chunk])
        return photo

    async def develop_all(self) -> None:
        while await self.developing.work_once():
            pass


async def pieces_of(mongo: Mongo, name: str) -> int:
    return int(await mongo.collection(PIECES).count_documents({"photo_id": name}))

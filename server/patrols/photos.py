"""Puts the photo room together."""

from handlers.background import Background
from server.config import Config
from server.patrols.parts import PatrolParts
from server.photo_lab import PhotoLab
from services.common.mongo import Mongo
from services.photos.developing import Developing
from services.photos.keeping import Photos
from services.photos.mongo import MongoPhotos, MongoPictures, MongoPieces
from services.photos.ports import PictureStore
from services.photos.room import MOST_PUBLIC_BYTES, Room
from services.photos.s3 import S3Pictures
from services.photos.sweeping import Sweeping
from services.photos.uploading import Uploading


def build_photos(parts: PatrolParts) -> tuple[Photos, tuple[Background, ...]]:
    """Return the service, and what it does in the background; the lab ends with that."""
    photos, pieces = MongoPhotos(parts.mongo), MongoPieces(parts.mongo)
    pictures = picture_store(parts.config, parts.mongo)
    font = parts.config.photos.font_file
    lab = PhotoLab(font="" if font is None else str(font))
    developing = Developing(photos=photos, pieces=pieces, pictures=pictures, lab=lab, clock=parts.clock)
    service = Photos(
        photos=photos,
        pictures=pictures,
        lab=lab,
        uploading=Uploading(photos=photos, pieces=pieces, clock=parts.clock, wake=developing.wake),
        room=Room(),
        public_room=Room(most_bytes=MOST_PUBLIC_BYTES),
        clock=parts.clock,
    )
    return service, (developing, Sweeping(photos=photos, pieces=pieces, pictures=pictures, clock=parts.clock))


def picture_store(config: Config, mongo: Mongo) -> PictureStore:
    """Return where pictures are kept: a store that speaks S3 where one is named, else the database."""
    asked, secrets = config.photos, config.secrets
    if not asked.s3_endpoint:
        return MongoPictures(mongo)
    return S3Pictures(
        endpoint=asked.s3_endpoint,
        bucket=asked.s3_bucket,
        region=asked.s3_region,
        access_key=secrets.photos_s3_access_key,
        secret_key=secrets.photos_s3_secret_key,
    )

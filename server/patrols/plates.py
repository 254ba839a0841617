"""Puts together what is about plates: their services, and the office's seal."""

from pathlib import Path

from handlers.patrol_context import PlateServices
from qr.plate_artwork import BadArtwork, ensure_seal
from qr.sheet_artwork import MOST_ARTWORK_BYTES, MOST_ARTWORK_PIXELS
from server.config import ConfigError
from server.patrols.parts import PatrolParts
from services.keys.book import CodeKeys
from services.keys.model import KeyPurpose
from services.patrols.plates.issuing import PlateIssuing
from services.patrols.plates.mongo import MongoPlates
from services.patrols.plates.printing import PlatePrinting
from services.patrols.plates.reading import PlateReading
from services.patrols.plates.signing import PlateSigning

# A demo has no office of its own; nobody shall take its plates for those of a real one.
DEMO_OFFICE = "示例市民族宗教事务局"


def read_seal(path: Path | None) -> bytes | None:
    """Return the picture of the office's seal; raises ConfigError for a file that cannot be printed."""
    if path is None:
        return None
    try:
        seal = path.read_bytes()
        ensure_seal(seal)
    except OSError as error:
        raise ConfigError(f"patrols.seal_file: cannot read {path}: {error.strerror}") from error
    except BadArtwork as error:
        raise ConfigError(
            f"patrols.seal_file: {path} is no PNG or JPEG picture of at most {MOST_ARTWORK_BYTES // 1024} kB and "
            f"{MOST_ARTWORK_PIXELS // 1_000_000} million pixels"
        ) from error
    return seal


def build_plates(parts: PatrolParts) -> PlateServices:
    """Put the services together."""
    store = MongoPlates(parts.mongo)
    signing = PlateSigning(
        keys=CodeKeys(parts.key_book, KeyPurpose.PLATE_SIGNING), public_url=parts.config.server.public_url
    )
    reading = PlateReading(store=store, sites=parts.sites, signing=signing, clock=parts.clock)
    return PlateServices(
        reading=reading,
        issuing=PlateIssuing(
            recording=parts.recording,
            store=store,
            sites=parts.sites,
            reading=reading,
            signing=signing,
            clock=parts.clock,
            ids=parts.ids,
        ),
        printing=PlatePrinting(
            reading=reading,
            sites=parts.sites,
            signing=signing,
            papers=parts.papers,
            office_name=parts.config.patrols.office_name or (DEMO_OFFICE if parts.config.demo else ""),
            seal=read_seal(parts.config.patrols.seal_file),
        ),
    )

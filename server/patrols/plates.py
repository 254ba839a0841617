"""Puts together what is about plates: their keys, their services, and the office's seal."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from handlers.patrol_context import PlateServices
from qr.keyring import Keyring, KeyState, PublicKeyring, SigningKey, VerifyKey
from qr.plate_artwork import BadArtwork, ensure_seal
from qr.sheet_artwork import MOST_ARTWORK_BYTES, MOST_ARTWORK_PIXELS
from server.config import ConfigError
from server.patrols.parts import PatrolParts
from services.keys.model import KeyPurpose, Keys
from services.patrols.plates.issuing import PlateIssuing
from services.patrols.plates.mongo import MongoPlates
from services.patrols.plates.printing import PlatePrinting
from services.patrols.plates.reading import PlateReading
from services.patrols.plates.signing import PlateSigning

# A demo has no office of its own; nobody shall take its plates for those of a real one.
DEMO_OFFICE = "示例市民族宗教事务局"


def plate_keyring(keys: Keys) -> Keyring:
    """Return the keys of plates."""
    signing = keys.active(KeyPurpose.PLATE_SIGNING)
    return Keyring(
        active=SigningKey(kid=signing.kid, seed=signing.secret),
        verify_keys={
            key.kid: VerifyKey(
                kid=key.kid, public=SigningKey(kid=key.kid, seed=key.secret).public, state=KeyState(key.state)
            )
            for key in keys.of(KeyPurpose.PLATE_SIGNING)
        },
    )


def public_keys(keyring: PublicKeyring, name: str) -> Sequence[Mapping[str, Any]]:
    """Return the keys that verify as JSON Web Keys (RFC 8037); `name` and a hyphen begin the id of each."""
    return [
        {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": base64.urlsafe_b64encode(key.public).decode().rstrip("="),
            "kid": f"{name}-{key.kid}",
            "use": "sig",
            "alg": "EdDSA",
        }
        for key in keyring.verify_keys.values()
    ]


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
    signing = PlateSigning(keyring=plate_keyring(parts.keys), public_url=parts.config.server.public_url)
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

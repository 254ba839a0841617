"""Plates for tests: keys, claims, and sites to hang them on."""

from dataclasses import dataclass

from qr.keyring import Keyring, KeyState, SigningKey, VerifyKey
from qr.plate_code import PlateClaim
from services.common.clock import SystemClock, UlidSource
from services.common.mongo import Mongo
from services.identity.model import Actor, Role, Scope, ScopeLevel
from services.patrols.outlets.mongo import MongoOutlets
from services.patrols.plates.issuing import PlateIssuing
from services.patrols.plates.mongo import MongoPlates
from services.patrols.plates.ports import PlateStore
from services.patrols.plates.reading import PlateReading
from services.patrols.plates.signing import PlateSigning
from services.patrols.recording import Recording
from services.patrols.sites.directory import Sites
from services.venues.directory import VenueDirectory
from services.venues.mongo import MongoVenues

KEY = SigningKey(kid=1, seed=bytes(range(32)))
RETIRING = SigningKey(kid=0, seed=bytes(range(1, 33)))
REVOKED = SigningKey(kid=7, seed=bytes(range(2, 34)))
RING = Keyring(
    active=KEY,
    verify_keys={
        1: VerifyKey(kid=1, public=KEY.public),
        0: VerifyKey(kid=0, public=RETIRING.public, state=KeyState.RETIRING),
        7: VerifyKey(kid=7, public=REVOKED.public, state=KeyState.REVOKED),
    },
)
CLAIM = PlateClaim(kid=1, plate_id="plt_01K0000000EXAMP7E000000003", site_id="otl_01K0000000EXAMP7E000000004")
ADMIN = Actor(
    id="stf_01K0000000EXAMP7E000000005",
    role=Role.CITY_ADMIN,
    scopes=(Scope(level=ScopeLevel.CITY, id="310000"),),
    session_id="ses_1",
)


@dataclass(frozen=True)
class HeldRing:
    """A ring that never turns."""

    keyring: Keyring


def ring_of(key: SigningKey) -> Keyring:
    """Return a ring in which `key` signs."""
    return Keyring(active=key, verify_keys={key.kid: VerifyKey(kid=key.kid, public=key.public)})


def signing_on(keyring: Keyring = RING) -> PlateSigning:
    return PlateSigning(keys=HeldRing(keyring), public_url="https://codes.example.cn")


class Office:
    """Whoever issues plates, at one server process."""

    def __init__(self, mongo: Mongo, recording: Recording, store: PlateStore | None = None) -> None:
        clock = SystemClock()
        self.store = store or MongoPlates(mongo)
        self.sites = Sites(outlets=MongoOutlets(mongo), venues=VenueDirectory(store=MongoVenues(mongo), clock=clock))
        self.signing = signing_on()
        self.reading = PlateReading(store=self.store, sites=self.sites, signing=self.signing, clock=clock)
        self.issuing = PlateIssuing(
            recording=recording,
            store=self.store,
            sites=self.sites,
            reading=self.reading,
            signing=self.signing,
            clock=clock,
            ids=UlidSource(),
        )

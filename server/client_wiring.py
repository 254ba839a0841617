"""Puts together what machine clients need."""

from handlers.client_context import ClientServices
from server.config import Config
from server.redis_quotas import RedisQuotas
from server.sync.sources import record_sources
from server.sync.standard_files import load_standard
from services.clients.authorising import ClientAuthorising
from services.clients.directory import ClientDirectory
from services.clients.feeding import OpenFeed
from services.clients.mongo import MongoClients, MongoMarks
from services.clients.registering import ClientRegister
from services.clients.tokens import ClientTokens
from services.common.clock import Clock, IdSource
from services.common.mongo import Mongo
from services.common.protection import KeyedDigest
from services.keys.model import KeyPurpose, Keys
from services.venues.directory import VenueDirectory


def client_tokens(config: Config, keys: Keys) -> ClientTokens:
    """Return what signs and reads the tokens of clients, which name this service by its public address."""
    issuer = config.server.public_url
    return ClientTokens(keys, issuer=issuer, audience=f"{issuer}/api/v1/open")


def build_clients(
    config: Config,
    mongo: Mongo,
    keys: Keys,
    quotas: RedisQuotas,
    venues: VenueDirectory,
    clock: Clock,
    ids: IdSource,
) -> ClientServices:
    """Return everything about machine clients; raises StandardIncomplete."""
    store, standard = MongoClients(mongo), load_standard()
    digest = KeyedDigest(keys.active(KeyPurpose.DIGEST_PEPPER).secret)
    directory = ClientDirectory(store=store, clock=clock)
    return ClientServices(
        register=ClientRegister(
            store=store, directory=directory, districts=venues, digest=digest, clock=clock, ids=ids
        ),
        authorising=ClientAuthorising(
            store=store,
            directory=directory,
            tokens=client_tokens(config, keys),
            digest=digest,
            clock=clock,
            ids=ids,
        ),
        quotas=quotas,
        feed=OpenFeed(
            marks=MongoMarks(mongo),
            sources=record_sources(mongo, venues),
            standard=standard,
            districts=venues,
            secret=keys.active(KeyPurpose.PSEUDONYMS).secret,
            instance=config.sync.instance,
            clock=clock,
        ),
        standard=standard,
        issuer=config.server.public_url,
    )

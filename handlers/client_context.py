"""What handlers may ask of machine clients."""

from dataclasses import dataclass

from services.clients.authorising import ClientAuthorising
from services.clients.feeding import OpenFeed
from services.clients.ports import Quotas
from services.clients.registering import ClientRegister
from services.sync.standard.schemas import Standard


@dataclass(frozen=True, kw_only=True)
class ClientServices:
    """Clients, their tokens and quotas, and what they read; `issuer` is the address that signs tokens."""

    register: ClientRegister
    authorising: ClientAuthorising
    quotas: Quotas
    feed: OpenFeed
    standard: Standard
    issuer: str

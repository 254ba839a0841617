"""How notices reach WeChat: what its refusals mean for a message, and where people are reached."""

from collections.abc import Mapping
from dataclasses import dataclass

from server.wechat.client import WeChatClient
from server.wechat.model import SubscriptionMessage
from services.common.errors import DomainError
from services.common.protection import FieldCipher
from services.identity.mongo import MongoCitizens
from services.identity.wechat_errors import (
    SubscriptionRefused,
    SubscriptionUncertain,
    WeChatBusy,
    WeChatMisconfigured,
    WeChatQuotaExhausted,
    WeChatUnavailable,
)
from services.notifications.errors import Backoff, SendFailed, SendOutcome
from services.reservations.model import ReservationStatus
from services.reservations.mongo.reservations import MongoReservations
from services.venues.directory import VenueDirectory
from services.venues.errors import VenueUnknown

SOON = Backoff(first_s=2.0, longest_s=60.0)
A_MINUTE = Backoff(first_s=60.0, longest_s=600.0)
AN_HOUR = Backoff(first_s=60.0, longest_s=3600.0)
# The first that fits decides: an uncertain one is an unavailable one, too. Any other refusal is about this message.
MEANINGS: tuple[tuple[type[DomainError], SendOutcome, Backoff | None], ...] = (
    (SubscriptionRefused, SendOutcome.REFUSED, None),
    (SubscriptionUncertain, SendOutcome.UNCERTAIN, SOON),
    (WeChatUnavailable, SendOutcome.LATER, SOON),
    (WeChatBusy, SendOutcome.LATER, A_MINUTE),
    (WeChatQuotaExhausted, SendOutcome.LATER, AN_HOUR),
    (WeChatMisconfigured, SendOutcome.KIND_LATER, AN_HOUR),
    (DomainError, SendOutcome.FAILED, None),
)


@dataclass(frozen=True, kw_only=True)
class WeChatSender:
    """Sends by WeChat's subscription messages."""

    wechat: WeChatClient

    async def send(self, address: str, template_id: str, fields: Mapping[str, str], page: str) -> None:
        """Send a message at most once; raises SendFailed, whose `outcome` says what that means."""
        message = SubscriptionMessage(openid=address, template_id=template_id, data=fields, page=page)
        try:
            await self.wechat.send_subscription(message)
        except DomainError as refusal:
            outcome, backoff = next((what, rest) for kind, what, rest in MEANINGS if isinstance(refusal, kind))
            raise SendFailed(outcome, refusal.code, backoff) from refusal


@dataclass(frozen=True, kw_only=True)
class SealedAddresses:
    """Openids, which are kept encrypted."""

    citizens: MongoCitizens
    cipher: FieldCipher

    async def find(self, citizen_id: str) -> str | None:
        """Return the citizen's openid, None when there is no such citizen. Raises DatabaseUnavailable."""
        sealed = await self.citizens.find_openid(citizen_id)
        return None if sealed is None else await self.cipher.decrypt(sealed)


@dataclass(frozen=True, kw_only=True)
class DirectoryNames:
    """Venues' names."""

    venues: VenueDirectory

    async def find(self, venue_id: str) -> str | None:
        """Return a venue's Chinese name. Raises DatabaseUnavailable."""
        try:
            return (await self.venues.get(venue_id)).name
        except VenueUnknown:
            return None


@dataclass(frozen=True, kw_only=True)
class BookedVisits:
    """Visits that are booked and were not given up."""

    reservations: MongoReservations

    async def still_holds(self, subject_id: str, citizen_id: str) -> bool:
        """Tell whether the citizen still has these places. Raises DatabaseUnavailable."""
        found = await self.reservations.find(subject_id, citizen_id)
        return found is not None and found.status is ReservationStatus.BOOKED

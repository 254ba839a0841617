"""A sender of webhooks as a process of its own, to be killed: `python -m tests.webhook_sender URI DATABASE`.

Its clock runs faster than the machine's, so that back-off and holds pass in a moment. CHENGMA_MASTER_KEY gives the key.
"""

import asyncio
import base64
import os
import sys
from datetime import UTC, datetime

from server.config_sections import MongoConfig
from server.mongo import connect_mongo
from server.sync.webhook_post import WebhookPost
from services.keys.mongo import MongoFieldCipher
from services.webhooks.addresses import THIS_MACHINE, Reach
from services.webhooks.lanes import LaneParts
from services.webhooks.mongo import MongoDeliveries, MongoSubscriptions
from services.webhooks.sending import WebhookSending
from tests.webhooks import Heard, no_chance

FASTER = 10
STARTED = datetime.now(UTC)
ORIGIN = "city.example"


class FastClock:
    """What a second of the machine is, is FASTER seconds here; it starts at the machine's time."""

    def now(self) -> datetime:
        present = STARTED + (datetime.now(UTC) - STARTED) * FASTER
        return present.replace(microsecond=present.microsecond // 1000 * 1000)


async def send(uri: str, database: str, master_key: bytes) -> None:
    """Send until killed."""
    mongo = connect_mongo(MongoConfig(uri=uri, database=database, pool_size=4))
    cipher = await MongoFieldCipher.open(mongo.client, database, master_key)
    parts = LaneParts(
        subscriptions=MongoSubscriptions(mongo),
        deliveries=MongoDeliveries(mongo),
        posting=WebhookPost(Reach(plain=THIS_MACHINE)),
        cipher=cipher,
        watch=Heard(),
        origin=ORIGIN,
        clock=FastClock(),
        chance=no_chance,
    )
    await WebhookSending(subscriptions=parts.subscriptions, parts=parts, look_every_s=0.05).run()


if __name__ == "__main__":
    _, given_uri, given_database = sys.argv
    asyncio.run(send(given_uri, given_database, base64.b64decode(os.environ["CHENGMA_MASTER_KEY"])))

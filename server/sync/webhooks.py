"""Webhooks, put together: what admins may ask of them, where the relay tells events, and who sends."""

import random
from dataclasses import dataclass
from urllib.parse import urlsplit

from handlers.context import Metrics
from handlers.webhook_context import WebhookServices
from server.config import Config
from server.sync.webhook_post import WebhookPost
from server.sync.webhook_watch import LoggedWebhooks
from services.common.clock import Clock, IdSource
from services.common.mongo import Mongo
from services.common.protection import FieldCipher
from services.keys.model import KeyPurpose, Keys
from services.webhooks.addresses import THIS_MACHINE, Reach
from services.webhooks.deliveries import Deliveries
from services.webhooks.fanout import Fanout, Writing
from services.webhooks.lanes import LaneParts
from services.webhooks.mongo import MongoDeliveries, MongoSubscriptions
from services.webhooks.sending import WebhookSending
from services.webhooks.subscriptions import Subscriptions


@dataclass(frozen=True, kw_only=True)
class Webhooks:
    """`administration` is for handlers, `fanout` for the relay, `sending` runs beside it; `post` is closed last."""

    administration: WebhookServices
    fanout: Fanout
    sending: WebhookSending
    post: WebhookPost


def build_webhooks(
    config: Config, mongo: Mongo, cipher: FieldCipher, keys: Keys, metrics: Metrics, *, clock: Clock, ids: IdSource
) -> Webhooks:
    """Put webhooks together, inside the event loop that uses them; nothing is connected before it is used."""
    store, deliveries = MongoSubscriptions(mongo), MongoDeliveries(mongo)
    writing = Writing(source=config.server.public_url, secret=keys.active(KeyPurpose.PSEUDONYMS).secret)
    reach = reach_of(config)
    post = WebhookPost(reach)
    subscriptions = Subscriptions(store=store, cipher=cipher, reach=reach, clock=clock, ids=ids)
    parts = LaneParts(
        subscriptions=store,
        deliveries=deliveries,
        posting=post,
        cipher=cipher,
        watch=LoggedWebhooks(metrics),
        origin=urlsplit(config.server.public_url).hostname or config.server.host,
        clock=clock,
        chance=random.random,
    )
    return Webhooks(
        administration=WebhookServices(
            subscriptions=subscriptions,
            deliveries=Deliveries(subscriptions=subscriptions, store=deliveries, writing=writing, clock=clock, ids=ids),
        ),
        fanout=Fanout(subscriptions=store, deliveries=deliveries, writing=writing, clock=clock),
        sending=WebhookSending(subscriptions=store, parts=parts),
        post=post,
    )


def reach_of(config: Config) -> Reach:
    """Return where requests may go: the public internet and the networks set; this machine too in demo mode."""
    return Reach(networks=config.webhooks.networks, plain=THIS_MACHINE if config.demo else ())

"""A worker that sends notices through our WeChat client, in a process of its own: `python -m tests.notice_worker`."""

import asyncio
import sys

from server.config_sections import MongoConfig
from server.mongo import connect_mongo
from server.visits.wechat_notices import WeChatSender
from server.wechat.assembly import process_tokens
from server.wechat.client import WeChatClient
from services.common.clock import SystemClock
from tests.contract.wechat import APP_ID, PLENTY_S, SECRET
from tests.notices import Post


async def work(mongodb_uri: str, database: str, wechat_url: str) -> None:
    """Work until killed."""
    clock = SystemClock()
    mongo = connect_mongo(MongoConfig(uri=mongodb_uri, database=database, pool_size=8))
    tokens = process_tokens(base_url=wechat_url, app_id=APP_ID, app_secret=SECRET, timeout_s=PLENTY_S, clock=clock)
    client = WeChatClient(base_url=wechat_url, app_id=APP_ID, app_secret=SECRET, tokens=tokens, timeout_s=PLENTY_S)
    post = Post(mongo=mongo, clock=clock, sender=WeChatSender(wechat=client))
    post.work.look_every_s = 0.05
    await post.work.run()


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))

"""Photo uploads as one would make them first: the whole file in one body, its pictures made in the handler."""

import asyncio
import hashlib
import io
import signal

from gridfs.asynchronous import AsyncGridFSBucket
from PIL import Image, ImageOps
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.routing import URLSpec
from tornado.web import Application, RequestHandler

from server.config import Config
from server.mongo import connect_mongo
from server.worker import LISTEN_BACKLOG
from services.photos.mongo import BUCKET

LARGEST_FILE = 32 * 1024 * 1024
SIDES = {"clean": 2560, "thumbnail": 320}


class HealthHandler(RequestHandler):
    """Answers that the process lives."""

    def get(self) -> None:
        """Answer."""
        self.finish(b"{}")


class UploadHandler(RequestHandler):
    """Takes a photo."""

    def initialize(self, bucket: AsyncGridFSBucket) -> None:
        """Take the store."""
        self._bucket = bucket

    async def post(self) -> None:
        """Check the photo, make its pictures, keep them, answer."""
        file = self.request.body
        name = hashlib.sha256(file).hexdigest()
        with Image.open(io.BytesIO(file)) as opened:
            upright = ImageOps.exif_transpose(opened).convert("RGB")
        for rendition, side in SIDES.items():
            upright.thumbnail((side, side))
            written = io.BytesIO()
            upright.save(written, "JPEG", quality=85)
            await self._bucket.upload_from_stream(f"{name}/{rendition}", written.getvalue())
        self.finish(b"{}")


async def serve(config: Config, _: int) -> None:
    """Serve until SIGTERM, with the same database behind it."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    mongo = connect_mongo(config.mongodb)
    # Without our time-outs: beside so much work on the event loop, no call would be answered in time.
    bucket = AsyncGridFSBucket(mongo.client[config.mongodb.database], bucket_name=BUCKET)
    routes = [URLSpec("/healthz", HealthHandler), URLSpec("/photos", UploadHandler, {"bucket": bucket})]
    server = HTTPServer(Application(routes), max_body_size=LARGEST_FILE)
    server.add_sockets(bind_sockets(config.server.port, config.server.host, backlog=LISTEN_BACKLOG, reuse_port=True))
    await stopping.wait()
    server.stop()
    await mongo.close()

"""Pictures in a store that speaks S3."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from services.photos.errors import PhotosUnavailable

TIMEOUT = timedelta(seconds=6)
RETRIES = 2


class S3Pictures:
    """See `services.photos.ports.PictureStore`."""

    def __init__(self, *, endpoint: str, bucket: str, region: str, access_key: str, secret_key: str) -> None:
        """`endpoint` is the service's address, without the bucket."""
        self._store = S3Store(
            bucket,
            endpoint=endpoint,
            region=region,
            access_key_id=access_key,
            secret_access_key=secret_key,
            virtual_hosted_style_request=False,
            client_options={"allow_http": endpoint.startswith("http://"), "timeout": TIMEOUT},
            retry_config={"max_retries": RETRIES, "retry_timeout": TIMEOUT},
        )

    async def put(self, key: str, content: bytes) -> None:
        """Keep a picture, in place of the one there is."""
        async with _translated():
            await self._store.put_async(key, content)

    async def get(self, key: str) -> bytes | None:
        """Return a picture."""
        async with _translated():
            try:
                answer = await self._store.get_async(key)
            except (NotFoundError, FileNotFoundError):
                return None
            return bytes(await answer.bytes_async())

    async def delete(self, keys: Sequence[str]) -> None:
        """Forget those of these pictures that there are."""
        async with _translated():
            for key in keys:
                try:
                    await self._store.delete_async(key)
                except (NotFoundError, FileNotFoundError):
                    continue


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        raise PhotosUnavailable(retry_after_s=5) from error

"""A store that speaks S3, as a process of its own: moto's server over real HTTP."""

import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from services.photos.s3 import S3Pictures
from tests.processes import free_port

BUCKET = "photos-of-tests"
READY_WITHIN_S = 30.0


@contextmanager
def run_s3() -> Iterator[str]:
    """Run it with a bucket; yield its address."""
    port = free_port()
    command = (sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port))
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _make_bucket(address)
        yield address
    finally:
        process.kill()
        process.wait()


def pictures_at(address: str) -> S3Pictures:
    return S3Pictures(endpoint=address, bucket=BUCKET, region="us-east-1", access_key="test", secret_key="test")


def _make_bucket(address: str) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            urllib.request.urlopen(urllib.request.Request(f"{address}/{BUCKET}", method="PUT"), timeout=5)  # noqa: S310 -- our own address
        except OSError:
            assert time.monotonic() < deadline, "the S3 stand-in did not start"
            time.sleep(0.05)
        else:
            return

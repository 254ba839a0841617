"""The writer of log lines: nothing lost, nothing out of order, and nobody held up."""

import json
import os
import subprocess
import sys
import threading
import time

from server import log_writer
from server.embedded import PROJECT
from server.log_writer import LineWriter

MANY = 20_000
LOGS = f"""
import structlog
from server.logging import configure_logging

configure_logging("info")
log = structlog.get_logger("http")
for number in range({MANY}):
    log.info("request", number=number, text="城\\ud800")
raise SystemExit(1)  # a message would come between the pieces of a long write
"""


def read_all(descriptor: int) -> list[str]:
    with os.fdopen(descriptor, encoding="utf-8") as pipe:
        return pipe.read().splitlines()


def test_all_lines_of_a_process_that_ends_are_there_and_in_order() -> None:
    done = subprocess.run([sys.executable, "-c", LOGS], cwd=PROJECT, capture_output=True, check=False)
    assert done.returncode == 1
    lines = [line for line in done.stderr.decode().splitlines() if line.startswith("{")]
    assert [json.loads(line)["number"] for line in lines] == list(range(MANY))
    assert json.loads(lines[0])["text"] == "城\ud800"


def test_a_reader_that_has_stopped_holds_nobody_up_and_gets_everything_later() -> None:
    reading, writing = os.pipe()
    writer = LineWriter(writing)
    lines = [f"{number:0100}" for number in range(MANY)]  # far more than a pipe holds
    began = time.monotonic()
    for line in lines:
        writer.write(line)
    assert time.monotonic() - began < log_writer.ENDED_WITHIN_S
    found: list[str] = []
    reader = threading.Thread(target=lambda: found.extend(read_all(reading)))
    reader.start()
    writer.close()
    os.close(writing)
    reader.join()
    assert found == lines


def test_what_nobody_takes_away_is_dropped_and_counted() -> None:
    reading, writing = os.pipe()
    writer = LineWriter(writing)
    waiting = 2 * log_writer.MOST_WAITING
    for number in range(waiting):
        writer.write(f"{number:01000}")
    found: list[str] = []
    reader = threading.Thread(target=lambda: found.extend(read_all(reading)))
    reader.start()
    writer.write("the last one")
    writer.close()
    os.close(writing)
    reader.join()
    noted = [json.loads(line) for line in found if line.startswith("{")]
    written = [line for line in found if not line.startswith("{")]
    assert sum(one["count"] for one in noted) + len(written) == waiting + 1
    assert log_writer.MOST_WAITING <= len(written) < waiting
    assert written == sorted(written)


def test_a_reader_that_has_gone_ends_nothing() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    writer = LineWriter(writing)
    writer.write("nobody reads this")
    writer.close()
    os.close(writing)

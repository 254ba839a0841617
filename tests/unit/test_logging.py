"""What is logged, and above all what is not."""

import json
import subprocess
import sys

from server.embedded import PROJECT

DEFECT = """
import structlog
from server.logging import configure_logging

configure_logging("info")

def book(name):
    raise KeyError("visitors")

try:
    book("示例访客-must-not-be-logged")
except KeyError:
    structlog.get_logger("http").error("defect", exc_info=True)
"""


def test_a_defect_is_one_json_line_with_its_place_and_without_local_values() -> None:
    done = subprocess.run([sys.executable, "-c", DEFECT], cwd=PROJECT, capture_output=True, text=True, check=True)
    (line,) = done.stderr.splitlines()
    entry = json.loads(line)
    assert entry["exception"][0]["exc_type"] == "KeyError"
    assert [frame["name"] for frame in entry["exception"][0]["frames"]] == ["<module>", "book"]
    assert "示例访客" not in line

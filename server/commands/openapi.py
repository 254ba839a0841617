"""`scripts/openapi`: writes docs/openapi.json, the same document that the server serves."""

import json

from server.embedded import PROJECT
from server.openapi import build_document

KEPT_DOCUMENT = PROJECT / "docs" / "openapi.json"


def written_document() -> str:
    """Return the OpenAPI document as it is kept: indented, keys in the order of their making."""
    return json.dumps(build_document(), ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    """Write the document."""
    KEPT_DOCUMENT.write_text(written_document(), encoding="utf-8")


if __name__ == "__main__":
    main()

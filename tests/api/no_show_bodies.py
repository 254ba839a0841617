"""Right bodies for appeals against no-shows, and amnesties."""

from collections.abc import Mapping
from typing import Any

APPEAL = "/me/no-shows/{no_show_id}/appeal"
NO_SHOWS: Mapping[str, Mapping[str, Any]] = {
    APPEAL: {"words": "当天地铁停运，未能按时到达。"},
    "/no-shows/{no_show_id}/decide": {"decision": "pardon", "words": "情况属实，已撤销。"},
    "/venues/{venue_id}/amnesties": {
        "from": "2026-11-22T00:00:00+08:00",
        "to": "2026-11-23T00:00:00+08:00",
        "reason": "台风红色预警，当日闭馆。",
    },
}
NO_SHOWS_VERBATIM = {
    APPEAL: {"words"},
    "/no-shows/{no_show_id}/decide": {"words"},
    "/venues/{venue_id}/amnesties": {"reason"},
}

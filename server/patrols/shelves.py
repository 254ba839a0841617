"""Where each kind of record of patrols lies."""

from collections.abc import Mapping
from typing import Any

from services.patrols.mongo import Shelf
from services.patrols.sites.model import SiteStatus
from services.patrols.sites.mongo import STATUSES

SHELVES: Mapping[type[Any], Shelf] = {
    SiteStatus: Shelf(plan=STATUSES),
}

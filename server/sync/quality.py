"""Measuring quality, put together: what the nightly round and `scripts/sync quality` run."""

from services.common.clock import Clock
from services.common.mongo import Mongo
from services.sync.quality.measuring import Measuring
from services.sync.quality.mongo import MongoMarks, MongoQuality, MongoRefusedRecords
from services.sync.standard.schemas import Standard


def measuring(mongo: Mongo, standard: Standard, clock: Clock, *, lag_objective_s: float) -> Measuring:
    """Return what measures the quality of all that was delivered from the database of `mongo`."""
    return Measuring(
        standard=standard,
        marks=MongoMarks(mongo),
        refused=MongoRefusedRecords(mongo),
        store=MongoQuality(mongo),
        clock=clock,
        lag_objective_s=lag_objective_s,
    )

"""The logs, put together: who answers about them, who signs their checkpoints, and what lies behind them."""

from pathlib import Path

from handlers.context import Metrics
from server.config import Config
from server.note_file import AppendOnlyNotes
from server.signing_watch import LoggedSigning
from services.common.clock import Clock
from services.common.mongo import Mongo
from services.items.mongo.records import ITEM_EVENTS
from services.keys.model import Keys
from services.patrols.mongo import PATROL_EVENTS
from services.transparency.checkpoints import CheckpointSigner
from services.transparency.log_keys import LogKeys
from services.transparency.model import LogName
from services.transparency.mongo import MongoCheckpoints, MongoLog
from services.transparency.reading import LogReading

CHECKPOINT_FILES = {
    LogName.ITEMS: Path("transparency") / "checkpoints.txt",
    LogName.PATROLS: Path("transparency") / "patrols-checkpoints.txt",
}
EVENTS = {LogName.ITEMS: ITEM_EVENTS, LogName.PATROLS: PATROL_EVENTS}


def log_keys(config: Config, keys: Keys, log: LogName) -> LogKeys:
    """Return the keys of a log, which go by its name."""
    names = {LogName.ITEMS: config.transparency.origin, LogName.PATROLS: config.transparency.patrols_origin}
    return LogKeys(keys, names[log])


def build_log(config: Config, mongo: Mongo, keys: Keys, clock: Clock, log: LogName) -> LogReading:
    """Return what anybody may ask a log."""
    return LogReading(
        log.value,
        logs=MongoLog(mongo),
        checkpoints=MongoCheckpoints(mongo),
        keys=log_keys(config, keys, log),
        clock=clock,
    )


def build_signer(
    config: Config, mongo: Mongo, keys: Keys, clock: Clock, metrics: Metrics, log: LogName
) -> CheckpointSigner:
    """Return who signs the checkpoints of a log, and writes the regular ones down."""
    return CheckpointSigner(
        log.value,
        logs=MongoLog(mongo),
        checkpoints=MongoCheckpoints(mongo),
        file=AppendOnlyNotes(config.server.data_dir / CHECKPOINT_FILES[log]),
        keys=log_keys(config, keys, log),
        every_s=config.transparency.checkpoint_every_s,
        clock=clock,
        watch=LoggedSigning(metrics),
    )

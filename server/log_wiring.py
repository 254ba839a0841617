"""The log of items, put together: who answers about it, and who signs its checkpoints."""

from pathlib import Path

from handlers.context import Metrics
from server.config import Config
from server.note_file import AppendOnlyNotes
from server.signing_watch import LoggedSigning
from services.common.clock import Clock
from services.common.mongo import Mongo
from services.items.mongo.records import LOG
from services.keys.model import Keys
from services.transparency.checkpoints import CheckpointSigner
from services.transparency.log_keys import LogKeys
from services.transparency.mongo import MongoCheckpoints, MongoLog
from services.transparency.reading import LogReading

CHECKPOINT_FILE = Path("transparency") / "checkpoints.txt"


def build_log(config: Config, mongo: Mongo, keys: Keys, clock: Clock) -> LogReading:
    """Return what anybody may ask the log of items."""
    return LogReading(
        LOG,
        logs=MongoLog(mongo),
        checkpoints=MongoCheckpoints(mongo),
        keys=LogKeys(keys, config.transparency.origin),
        clock=clock,
    )


def build_signer(config: Config, mongo: Mongo, keys: Keys, clock: Clock, metrics: Metrics) -> CheckpointSigner:
    """Return who signs the checkpoints of the log of items, and writes the regular ones down."""
    return CheckpointSigner(
        LOG,
        logs=MongoLog(mongo),
        checkpoints=MongoCheckpoints(mongo),
        file=AppendOnlyNotes(config.server.data_dir / CHECKPOINT_FILE),
        keys=LogKeys(keys, config.transparency.origin),
        every_s=config.transparency.checkpoint_every_s,
        clock=clock,
        watch=LoggedSigning(metrics),
    )

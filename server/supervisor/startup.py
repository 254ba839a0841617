"""What is started, and in which order: stores, the one-off preparation, workers."""

import json
import shutil
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from server.config import Config
from server.embedded import (
    PROJECT,
    child_environment,
    launch_database,
    launch_redis,
    launch_wechat_sandbox,
    python_command,
)
from server.supervisor.child import Command, Service
from server.supervisor.children import Children
from server.supervisor.console import Console
from server.supervisor.directory import OPERATORS_NOTE, DataDirectory, choose_socket_path, write_secret
from server.supervisor.errors import StartFailed
from server.supervisor.ports import reachable_host
from server.supervisor.probes import get

READY_WITHIN_S = 30.0
STORES_WITHIN_S = 60.0  # after a crash, a long log is replayed first
DRAIN_MARGIN_S = 5.0
SYNC_STOPS_WITHIN_S = 10.0
OF_DELIVERING = "CHENGMA_SYNC_"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What one run of the supervisor was asked to do.

    `environment` holds the overriding settings and the master key; `directory` is taken, the port claimed.
    """

    config: Config
    config_path: Path
    environment: Mapping[str, str]
    directory: DataDirectory


def start_everything(plan: Plan, children: Children, console: Console, held: ExitStack) -> None:
    """Start all that `plan` needs, until the server answers that it is ready.

    What must be undone after the children have stopped goes to `held`. Raises StartFailed with a message for the
    operator; the children started so far are the caller's to stop.
    """
    found = _launch_what_is_missing(plan, children, console, held)
    children.await_answers(within_s=STORES_WITHIN_S)
    if not plan.config.mongodb.uri:
        _note_for_operators(plan, found, held)
    environment = child_environment({**plan.environment, **_pinned(plan), **found})
    children.run_to_end(
        _own_command("prepare", ("server.prepare", "--config", str(plan.config_path)), environment), console.tell
    )
    _launch_workers(plan, children, environment)
    _await_readiness(plan, children)
    if plan.config.sync.process:
        _launch_sync(plan, children, environment)


def _launch_what_is_missing(plan: Plan, children: Children, console: Console, held: ExitStack) -> dict[str, str]:
    config, directory = plan.config, plan.directory
    found: dict[str, str] = {}
    if not config.mongodb.uri:
        console.tell(f"启动内置数据库 · Starting the embedded database in {directory.root}")
        found["CHENGMA_MONGODB_URI"] = launch_database(
            children, directory=directory.root, environment=plan.environment, inherited=(directory.lock,)
        )
    if not config.redis.url:
        socket_path = choose_socket_path(directory, "redis.sock")
        if socket_path.parent != directory.run:
            held.callback(shutil.rmtree, socket_path.parent, ignore_errors=True)
        found["CHENGMA_REDIS_URL"] = launch_redis(
            children, directory=directory.root, socket_path=socket_path, environment=plan.environment
        )
    if not config.wechat.app_id:
        found["CHENGMA_WECHAT_BASE_URL"] = launch_wechat_sandbox(children, environment=plan.environment)
    return found


def _note_for_operators(plan: Plan, found: Mapping[str, str], held: ExitStack) -> None:
    """Let operator commands find the embedded stores, and deliver to whom we do, for as long as we run."""
    note = plan.directory.run / OPERATORS_NOTE
    whom = {name: value for name, value in plan.environment.items() if name.startswith(OF_DELIVERING)}
    write_secret(note, json.dumps({**found, "CHENGMA_DEMO": str(plan.config.demo).lower(), **whom}))
    held.callback(note.unlink, missing_ok=True)


def _pinned(plan: Plan) -> dict[str, str]:
    server = plan.config.server
    pinned = {
        "CHENGMA_SERVER_HOST": server.host,
        "CHENGMA_SERVER_PORT": str(server.port),
        "CHENGMA_SERVER_WORKERS": str(server.workers),
        "CHENGMA_SERVER_DATA_DIR": str(server.data_dir),
        "CHENGMA_DEMO": str(plan.config.demo).lower(),
    }
    if server.workers > 1:
        metrics = plan.directory.run / "metrics"
        metrics.mkdir()
        pinned["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
    return pinned


def _launch_workers(plan: Plan, children: Children, environment: Mapping[str, str]) -> None:
    server = plan.config.server
    ready = partial(_is_ready, reachable_host(server.host), server.port)
    options = ("server.worker", "--config", str(plan.config_path))
    children.launch(
        *(
            Service(
                command=_own_command(f"worker-{index}", (*options, "--index", str(index)), environment),
                answers=ready,
                stop_within_s=server.drain_s + DRAIN_MARGIN_S,
            )
            for index in range(server.workers)
        )
    )


def _launch_sync(plan: Plan, children: Children, environment: Mapping[str, str]) -> None:
    """Launch what serves nobody directly: whoever waits for the server does not wait for it."""
    options = ("server.sync.process", "--config", str(plan.config_path))
    command = _own_command("sync", options, environment)
    children.launch(Service(command=command, answers=lambda: True, stop_within_s=SYNC_STOPS_WITHIN_S))


def _await_readiness(plan: Plan, children: Children) -> None:
    server = plan.config.server
    try:
        children.await_answers(within_s=READY_WITHIN_S)
    except StartFailed as failure:
        status, body = get(reachable_host(server.host), server.port, "/readyz")
        if not status:
            raise
        raise StartFailed(f"{failure}\nGET /readyz answers {status}: {body.strip()}") from failure


def _is_ready(host: str, port: int) -> bool:
    status, _ = get(host, port, "/readyz")
    return status == 200  # noqa: PLR2004 -- HTTP's own number


def _own_command(name: str, module_and_options: tuple[str, ...], environment: Mapping[str, str]) -> Command:
    return Command(
        name=name,
        arguments=python_command(*module_and_options),
        directory=PROJECT,
        environment=environment,
    )

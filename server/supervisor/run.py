"""From the command line to a clean stop."""

import os
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial

from server.config import ConfigError, load_config
from server.supervisor.banner import compose_banner
from server.supervisor.children import Children
from server.supervisor.console import Console, Journal
from server.supervisor.directory import read_or_make_master_key, take_data_directory
from server.supervisor.errors import StartFailed, StartRefused, StopRequested
from server.supervisor.options import parse_options
from server.supervisor.ports import claim_public_port, reachable_host
from server.supervisor.startup import Plan, start_everything
from server.supervisor.stop_signals import StopSignals

REFUSED = 2


def main(arguments: Sequence[str]) -> int:
    """Run Chengma until it is asked to stop.

    Returns 0 after a clean stop, 1 when something did not start or had to be killed, 2 when nothing was started.
    """
    console = Console()
    signals = StopSignals()
    os.umask(0o077)
    with ExitStack() as held:
        try:
            plan = _make_plan(arguments, signals, held)
        except (ConfigError, StartRefused) as refusal:
            console.warn(f"chengma: {refusal}")
            return REFUSED
        except StopRequested:
            return 0
        return _run(plan, signals, console, held)


def _make_plan(arguments: Sequence[str], signals: StopSignals, held: ExitStack) -> Plan:
    options = parse_options(arguments)
    environment = {**os.environ, **options.settings}
    config = load_config(options.config, environment)
    directory = take_data_directory(config.server.data_dir, signals.pause)
    for claim in claim_public_port(config.server.host, config.server.port):
        held.enter_context(claim)
    if config.secrets.master_key is None:
        environment["CHENGMA_MASTER_KEY"] = read_or_make_master_key(directory)
    return Plan(config=config, config_path=options.config, environment=environment, directory=directory)


def _run(plan: Plan, signals: StopSignals, console: Console, held: ExitStack) -> int:
    logs = plan.directory.logs
    journal = Journal(path=logs / "supervisor.log", console=console, now=partial(datetime.now, UTC))
    children = Children(pause=signals.pause, logs=logs, journal=journal)
    failed = False
    try:
        start_everything(plan, children, console, held)
        console.tell(_banner(plan))
        children.watch()
    except StopRequested:
        console.tell("正在停止 · Stopping; Ctrl-C again hurries")
    except (StartFailed, OSError) as failure:
        console.warn(f"chengma: {failure}")
        failed = True
    finally:
        stopped = children.stop()
    console.tell("已停止 · Stopped")
    return 0 if stopped and not failed else 1


def _banner(plan: Plan) -> str:
    server = plan.config.server
    host = reachable_host(server.host)
    base_url = f"http://[{host}]:{server.port}" if ":" in host else f"http://{host}:{server.port}"
    return compose_banner(
        base_url=base_url,
        logs=plan.directory.logs,
        with_demo=plan.config.demo,
        with_wechat=bool(plan.config.wechat.app_id),
    )

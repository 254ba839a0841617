"""What all tests share: real stores, started once, and servers started on demand.

Fixtures:
    stores         one embedded database and Redis for the whole session: a `processes.Stores`
    database_name  the name of a database that this test module has for itself
    start_server   a function that starts `python -m server` and waits until it is ready: a `processes.ServerProcess`
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

from tests.processes import ServerProcess, Stores, end, fresh_database_name, launch_server, run_stores


class StartServer(Protocol):
    """Starts a server and waits until it is ready; whatever it started is stopped after the test."""

    def __call__(
        self,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        data_dir: Path | None = None,
        port: int | None = None,
    ) -> ServerProcess:
        """Start with command-line `arguments` and CHENGMA_* `environment`, by default on fresh data and a free port."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the long simulations be asked for; without it short ones of the same kind run."""
    parser.addoption("--field-week", dest="field_week", choices=("small", "full"), default="small")
    parser.addoption("--at-random", dest="at_random", choices=("small", "full"), default="small")
    parser.addoption("--gate-simulation", dest="gate_simulation", choices=("small", "full"), default="small")
    parser.addoption("--sync-chaos", dest="sync_chaos", choices=("small", "full"), default="small")
    parser.addoption("--hostile-codes", dest="hostile_codes", choices=("small", "full"), default="small")


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    with run_stores(tmp_path_factory.mktemp("stores")) as running:
        yield running


@pytest.fixture(scope="module")
def database_name() -> str:
    return fresh_database_name()


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[StartServer]:
    with ExitStack() as started:

        def start(
            *arguments: str,
            environment: Mapping[str, str] | None = None,
            data_dir: Path | None = None,
            port: int | None = None,
        ) -> ServerProcess:
            server = launch_server(
                data_dir or tmp_path / "data", arguments=arguments, environment=environment, port=port
            )
            started.callback(end, server)
            server.await_ready()
            return server

        yield start

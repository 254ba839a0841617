"""The stand-in's life as a process of its own."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
SESSION, TOKEN = "/sns/jscode2session", "/cgi-bin/stable_token"
LOGIN = {"appid": "other", "secret": "s", "js_code": "sandbox-li", "grant_type": "authorization_code"}


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "server.wechat_sandbox", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def port_of(process: subprocess.Popen[str]) -> int:
    assert process.stdout
    line = process.stdout.readline()
    assert line.startswith("listening on 127.0.0.1:")
    return int(line.rpartition(":")[2])


def test_the_process_says_its_port_checks_its_app_and_ends_on_sigterm() -> None:
    process = start("--port", "0", "--app-id", "mine", "--app-secret", "secret")
    try:
        base = f"http://127.0.0.1:{port_of(process)}"
        body = httpx.get(base + SESSION, params=LOGIN, trust_env=False).json()
        assert body["errcode"] == 40013
        httpx.post(base + "/sandbox/faults", json={"path": TOKEN, "hang": True}, trust_env=False)
        with socket.create_connection(("127.0.0.1", int(base.rpartition(":")[2]))) as held:
            held.sendall(b"POST /cgi-bin/stable_token HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
        assert process.stderr
        assert process.stderr.read() == ""
    finally:
        process.kill()
        process.communicate()


def test_a_taken_port_gives_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "server.wechat_sandbox", "--port", str(port)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"127.0.0.1:{port}" in done.stderr

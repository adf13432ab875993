"""With hlp/omniboard_loopback.js, whatever Node serves is served on loopback."""

import json
import shutil
import subprocess

import pytest
from support.omniboard_server import LOOPBACK

NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(NODE is None, reason="needs node on the PATH")


def listening_address(arguments: str, *options: str) -> str:
    """Where a server of Node listens that was told `listen(arguments)`."""
    script = f"""
        const server = require("node:http").createServer();
        server.on("listening", () => {{
            console.log(JSON.stringify(server.address()));
            server.close();
        }});
        server.listen({arguments});
    """
    process = subprocess.run(
        [str(NODE), *options, "-e", script], capture_output=True, text=True, check=True, timeout=60
    )
    found = json.loads(process.stdout)
    return found if isinstance(found, str) else found["address"]


@pytest.mark.parametrize(
    "arguments",
    [
        "0",
        "'0', () => {}",
        "0, 5, () => {}",
        "0, '0.0.0.0'",
        "0, '::', 5, () => {}",
        "{port: 0}",
        "{port: 0, host: '0.0.0.0'}, () => {}",
    ],
)
def test_a_port_is_opened_on_loopback_only(arguments: str) -> None:
    assert listening_address(arguments) in ("::", "0.0.0.0")
    assert listening_address(arguments, "--require", str(LOOPBACK)) == "127.0.0.1"


def test_a_socket_in_the_file_system_stays_one(tmp_path: object) -> None:
    path = f"{tmp_path}/socket"

    assert listening_address(json.dumps(path), "--require", str(LOOPBACK)) == path

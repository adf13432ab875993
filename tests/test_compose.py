"""compose.yaml: what it publishes, keeps and asks for. It is not started here."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
# ${NAME}, ${NAME:?what to do}, ${NAME:-default}
VARIABLE = re.compile(r"\$\{(\w+)[^}]*\}")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load(COMPOSE)


@pytest.fixture(scope="module")
def example() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_every_port_is_published_on_loopback_only(compose: dict[str, Any]) -> None:
    ports = {name: service["ports"] for name, service in compose["services"].items()}

    assert ports == {"mongo": ["127.0.0.1:27017:27017"], "omniboard": ["127.0.0.1:9000:9000"]}


def test_all_data_is_in_named_volumes(compose: dict[str, Any]) -> None:
    mounts = [
        mount.split(":")
        for service in compose["services"].values()
        for mount in service.get("volumes", [])
    ]

    # The two folders that the image of MongoDB keeps data in.
    assert {target for _, target in mounts} == {"/data/db", "/data/configdb"}
    assert {name for name, _ in mounts} == compose["volumes"].keys()


def test_the_example_names_every_variable_and_no_password(example: dict[str, str]) -> None:
    assert set(VARIABLE.findall(COMPOSE)) == example.keys()
    assert example["MONGO_PASSWORD"] == ""


def test_a_start_without_a_password_is_refused() -> None:
    assert "${MONGO_PASSWORD:?" in COMPOSE
    assert "${MONGO_USER:?" in COMPOSE


def test_user_and_password_come_from_the_environment_file_alone(compose: dict[str, Any]) -> None:
    mongo = compose["services"]["mongo"]["environment"]
    address = compose["services"]["omniboard"]["environment"]["MONGO_URI"]

    assert [VARIABLE.sub(r"<\1>", value) for value in mongo.values()] == [
        "<MONGO_USER>",
        "<MONGO_PASSWORD>",
    ]
    assert VARIABLE.sub(r"<\1>", address) == (
        "mongodb://<MONGO_USER>:<MONGO_PASSWORD>@mongo:27017/<MONGO_DATABASE>?authSource=admin"
    )
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_omniboard_waits_for_mongo_and_comes_back(compose: dict[str, Any]) -> None:
    services = compose["services"]

    assert services["omniboard"]["depends_on"] == {"mongo": {"condition": "service_healthy"}}
    assert "mongosh" in services["mongo"]["healthcheck"]["test"]
    assert {service["restart"] for service in services.values()} == {"unless-stopped"}


def test_the_image_holds_the_version_that_the_browser_test_looks_at(
    compose: dict[str, Any],
) -> None:
    build = compose["services"]["omniboard"]["build"]
    package = json.loads((ROOT / "tests/support/omniboard/package.json").read_text())

    assert f"omniboard@{package['dependencies']['omniboard']}\n" in build["dockerfile_inline"]
    [copied] = re.findall(r"^COPY (\S+) /$", build["dockerfile_inline"], flags=re.MULTILINE)
    assert (ROOT / build["context"] / copied).is_file()
    assert f'"--require", "/{copied}"' in build["dockerfile_inline"]

"""What tests stand on: servers that are given, and what happens where a program is missing."""

from pathlib import Path

import pymongo
import pytest
from _pytest.outcomes import Failed, Skipped
from support.browser import find_chromium
from support.omniboard_server import output_folder, program
from support.servers import GIVEN_URL, GivenServer, MongoServer, answers, mongo_server


def test_a_server_that_is_given_is_used_and_left_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = MongoServer(tmp_path)
    own.start()
    monkeypatch.setenv(GIVEN_URL, own.url)
    try:
        with pymongo.MongoClient(own.url) as client:
            with mongo_server(tmp_path / "unused") as server:
                client[server.database].runs.insert_one({"_id": 1})
                address = server.database_url

            assert address == f"{own.url}/{server.database}"
            assert client.list_database_names() == []
            assert not (tmp_path / "unused").exists()
    finally:
        own.kill()


def test_a_server_that_is_given_is_not_killed() -> None:
    with pytest.raises(Skipped, match="which TF_CRNN_TEST_MONGO_URL forbids"):
        GivenServer("mongodb://127.0.0.1").kill()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mongodb://host:1", "mongodb://host:1/{}"),
        ("mongodb://me:secret@host", "mongodb://me:secret@host/{}?authSource=admin"),
        ("mongodb://me:x@host/?tls=true", "mongodb://me:x@host/{}?tls=true&authSource=admin"),
        ("mongodb://me:x@host/?authSource=us", "mongodb://me:x@host/{}?authSource=us"),
    ],
)
def test_the_name_of_the_database_does_not_change_where_the_user_is_looked_for(
    url: str, expected: str
) -> None:
    server = GivenServer(url)

    assert server.database_url == server.option == expected.format(server.database)


def test_nothing_answers_after_the_kill(tmp_path: Path) -> None:
    with mongo_server(tmp_path) as server:
        assert answers(server.url)
        server.kill()

        assert not answers(server.url)


@pytest.mark.parametrize(("ci", "outcome"), [("", Skipped), ("true", Failed)])
def test_a_missing_program_is_a_skip_here_and_a_failure_in_ci(
    monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CHROMIUM", raising=False)

    with pytest.raises(outcome, match="npm on the PATH"):
        program("npm")
    with pytest.raises(outcome, match="no Chromium on the PATH"):
        find_chromium()


def test_the_browser_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = tmp_path / "browser"
    browser.touch(mode=0o755)
    monkeypatch.setenv("CHROMIUM", str(browser))

    assert find_chromium() == str(browser)


def test_pictures_go_where_they_are_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CRNN_TEST_OUTPUT", str(tmp_path / "output"))

    folder = output_folder("omniboard")

    assert folder == tmp_path / "output/omniboard" and folder.is_dir()

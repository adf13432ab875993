"""Addresses of MongoDB databases, and what is said of those that cannot be used."""

import time
from typing import Any

import pytest

from tf_crnn.errors import TrackingError
from tf_crnn.tracking.mongo import (
    MongoAddress,
    connect,
    environment_address,
    is_mongo_url,
    parse_address,
)


@pytest.mark.parametrize(
    ("text", "url", "database"),
    [
        ("crnn", "mongodb://localhost:27017", "crnn"),
        ("db.example.org:27018", "mongodb://db.example.org:27018", "sacred"),
        ("10.0.0.1:27018:letters", "mongodb://10.0.0.1:27018", "letters"),
        ("mongodb://h:1/letters", "mongodb://h:1/letters", "letters"),
        ("mongodb://h:1", "mongodb://h:1", "sacred"),
        ("mongodb://h:1/?tls=true", "mongodb://h:1/?tls=true", "sacred"),
        ("mongodb+srv://h/a?authSource=admin", "mongodb+srv://h/a?authSource=admin", "a"),
        ("mongodb://u:p%40w@a:1,b:2/c", "mongodb://u:p%40w@a:1,b:2/c", "c"),
    ],
)
def test_every_form_of_an_address_is_understood(text: str, url: str, database: str) -> None:
    assert parse_address(text, {}) == MongoAddress(url, database)


def test_the_environment_names_the_database_where_the_address_does_not() -> None:
    environment = {"TF_CRNN_MONGO_DB": "letters"}

    assert parse_address("h:1", environment).database == "letters"
    assert parse_address("h:1:other", environment).database == "other"


def test_the_address_of_the_environment() -> None:
    url = {"TF_CRNN_MONGO_URL": "mongodb://h:1/a"}

    assert environment_address({}) is None
    assert environment_address(url) == MongoAddress("mongodb://h:1/a", "a")
    assert environment_address({**url, "TF_CRNN_MONGO_DB": "b"}) == MongoAddress(
        "mongodb://h:1/a", "b"
    )


@pytest.mark.parametrize("text", ["", "h:port:db", "user:secret@h:1", "a b", "http://h/x"])
def test_another_form_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(TrackingError, match="HOST:PORT:DB") as caught:
        parse_address(text, {})

    assert "secret" not in str(caught.value)


def test_a_database_name_that_mongodb_forbids_is_refused() -> None:
    with pytest.raises(TrackingError, match="letters, digits"):
        parse_address("mongodb://h:1/a$b", {})


def test_the_environment_is_named_where_its_form_is_wrong() -> None:
    with pytest.raises(TrackingError, match="TF_CRNN_MONGO_URL: The MongoDB address must be"):
        environment_address({"TF_CRNN_MONGO_URL": "user@"})


@pytest.mark.parametrize(
    "url",
    [
        "mongodb://user:secret@h:1/db",
        "mongodb://user:se?cret@h:1/db",
        "mongodb://user:sec/ret@h:1/db?authSource=admin",
        "mongodb://user:s@cret@h:1/db",
        "mongodb://h:1/db?tlsCertificateKeyFilePassword=secret",
    ],
)
def test_an_address_is_shown_and_represented_without_password(url: str) -> None:
    address = MongoAddress(url, "db")

    assert address.shown == "mongodb://h:1/db"
    assert "cret" not in repr(address) and "ret" not in address.shown


def test_a_server_that_does_not_answer_is_named_within_five_seconds() -> None:
    address = parse_address("mongodb://user:secret@127.0.0.1:9/db", {})
    began = time.monotonic()

    with pytest.raises(
        TrackingError, match="MongoDB at mongodb://127.0.0.1:9/db: does not answer"
    ) as caught:
        connect(address)

    assert time.monotonic() - began < 5
    assert "secret" not in str(caught.value)


def test_a_password_that_is_not_escaped_is_not_repeated() -> None:
    with pytest.raises(TrackingError, match="the address cannot be used") as caught:
        connect(MongoAddress("mongodb://user:s@c:ret@127.0.0.1:9/db", "db"))

    assert "ret@" not in str(caught.value) and "s@c" not in str(caught.value)


def test_a_server_that_answers_gives_its_database(mongo: Any) -> None:
    database = connect(parse_address(mongo.option, {}))

    with database.client:
        database["runs"].insert_one({"_id": 1})
        n_runs = database["runs"].count_documents({})
    assert (database.name, n_runs) == (mongo.database, 1)


def test_urls_are_told_from_folders() -> None:
    assert is_mongo_url("mongodb://h") and is_mongo_url("mongodb+srv://h")
    assert not is_mongo_url("runs") and not is_mongo_url("mongodb")

"""Where a MongoDB is: addresses as people write them, shown without passwords."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import pymongo
import pymongo.errors

from tf_crnn.errors import TrackingError

MONGO_URL = "TF_CRNN_MONGO_URL"
MONGO_DB = "TF_CRNN_MONGO_DB"
DEFAULT_DATABASE = "sacred"
_PATIENCE_MS = 3000
_SILENCE_MS = 10_000
_SCHEMES = ("mongodb://", "mongodb+srv://")
_HOST_AND_PORT = re.compile(r"(?P<address>[A-Za-z0-9.-]+:\d{1,5})(:(?P<database>[^:]+))?")
_DATABASE = re.compile(r"[A-Za-z0-9_-]{1,63}")
_UNAUTHORISED = (13, 18, 8000)


@dataclass(frozen=True)
class MongoAddress:
    """A database of a MongoDB server.

    Attributes:
        url: `mongodb://...`; may hold a password.
        database: its name.
    """

    url: str = field(repr=False)
    database: str

    @property
    def shown(self) -> str:
        """The address without user, password and options."""
        scheme, _, rest = self.url.partition("://")
        # What stands before the last @ may hold a password.
        hosts = rest.rpartition("@")[2].partition("?")[0].partition("/")[0]
        return f"{scheme}://{hosts}/{self.database}"


def is_mongo_url(text: str) -> bool:
    """Whether a text is meant as the URL of a MongoDB."""
    return text.startswith(_SCHEMES)


def parse_address(text: str, environment: Mapping[str, str]) -> MongoAddress:
    """The database that `mongodb://...`, HOST:PORT, HOST:PORT:DB or DB names.

    Where no database is named it is that of TF_CRNN_MONGO_DB, otherwise `sacred`; where no server
    is named it is localhost:27017.

    Raises:
        TrackingError: the text is none of these.
    """
    default = environment.get(MONGO_DB) or DEFAULT_DATABASE
    if is_mongo_url(text):
        path = text.partition("://")[2].rpartition("@")[2].partition("?")[0].partition("/")[2]
        return _checked(MongoAddress(text, unquote(path) or default))
    if found := _HOST_AND_PORT.fullmatch(text):
        return _checked(MongoAddress(f"mongodb://{found['address']}", found["database"] or default))
    if _DATABASE.fullmatch(text):
        return MongoAddress("mongodb://localhost:27017", text)
    # The text may hold a password and is not repeated.
    raise TrackingError(
        "The MongoDB address must be mongodb://[USER:PASSWORD@]HOST[:PORT]/DB, HOST:PORT:DB, "
        "HOST:PORT or DB."
    )


def environment_address(environment: Mapping[str, str]) -> MongoAddress | None:
    """The database that TF_CRNN_MONGO_URL and TF_CRNN_MONGO_DB name, if the first is set.

    Raises:
        TrackingError: its form is wrong.
    """
    url = environment.get(MONGO_URL)
    if not url:
        return None
    try:
        address = parse_address(url, environment)
    except TrackingError as error:
        raise TrackingError(f"{MONGO_URL}: {error}") from error
    return MongoAddress(address.url, environment.get(MONGO_DB) or address.database)


def connect(address: MongoAddress) -> Any:
    """The pymongo database, after the server has answered.

    Raises:
        TrackingError: it does not answer within a few seconds, or does not let this user in.
    """
    try:
        client: Any = pymongo.MongoClient(
            address.url,
            serverSelectionTimeoutMS=_PATIENCE_MS,
            connectTimeoutMS=_PATIENCE_MS,
            socketTimeoutMS=_SILENCE_MS,
            appname="tf_crnn",
        )
    except pymongo.errors.PyMongoError as error:
        raise TrackingError(
            f"MongoDB at {address.shown}: the address cannot be used ({type(error).__name__}). "
            "Write mongodb://USER:PASSWORD@HOST:PORT/DB, with %40 for @, %3A for :, %2F for / and "
            "%25 for % in user and password."
        ) from error
    try:
        client[address.database]["runs"].find_one({}, {"_id": 1})
    except pymongo.errors.PyMongoError as error:
        client.close()
        raise TrackingError(_why_not(address, error)) from error
    return client[address.database]


def _checked(address: MongoAddress) -> MongoAddress:
    if not _DATABASE.fullmatch(address.database):
        raise TrackingError(
            f"MongoDB at {address.shown}: the name of the database may hold letters, digits, _ and "
            "- only."
        )
    return address


def _why_not(address: MongoAddress, error: pymongo.errors.PyMongoError) -> str:
    if isinstance(error, pymongo.errors.OperationFailure) and error.code in _UNAUTHORISED:
        return (
            f"MongoDB at {address.shown}: does not let this user in. Correct user and password in "
            f"the URL, best in {MONGO_URL}; a user of another database needs ?authSource=admin."
        )
    return (
        f"MongoDB at {address.shown}: does not answer ({type(error).__name__}). Start the server, "
        f"or correct the address, HOST:PORT:DB or that in {MONGO_URL}; `-F runs` records a "
        "training in a folder."
    )

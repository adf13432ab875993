"""A run as an observer recorded it, whichever observer that was."""

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Protocol

# Sacred sends a heartbeat every 10 s; Omniboard too takes one that is silent for longer for dead.
SILENCE = timedelta(minutes=2)


class Metric(NamedTuple):
    """One number over the epochs of a run.

    Attributes:
        steps: epochs done, from 1.
        values: one for each step.
        minutes: since the start of the run, one for each step.
    """

    steps: tuple[int, ...]
    values: tuple[float, ...]
    minutes: tuple[float, ...]


class RunStore(Protocol):
    """Where runs are recorded."""

    def runs(self) -> "Iterator[RunRecord]":
        """All runs, by their ids."""

    def run(self, run_id: str) -> "RunRecord":
        """One run.

        Raises:
            TrackingError: there is no such run.
        """

    def metrics(self, run_id: str) -> dict[str, Metric]:
        """The metrics of a run, by name."""

    def artifact(self, run_id: str, name: str) -> bytes:
        """The content of an artifact.

        Raises:
            TrackingError: the run has no such artifact.
        """


class RunRecord(NamedTuple):
    """A run.

    Attributes:
        run_id: in its store.
        label: the store and the id, for people; without a password.
        experiment: its name.
        status: RUNNING, COMPLETED, FAILED, INTERRUPTED ... as Sacred says, or DIED.
        started: UTC; None if it is only queued.
        stopped: UTC; of a run that has not ended the last heartbeat.
        config: every parameter.
        result: what the run came to; empty while it has not ended.
        info: what else was noted, such as the fingerprint of the data.
        comment: of the user.
        host: machine.
        artifacts: names of the files kept with it.
        store: where its metrics and artifacts are read from.
    """

    run_id: str
    label: str
    experiment: str
    status: str
    started: datetime | None
    stopped: datetime | None
    config: Mapping[str, Any]
    result: Mapping[str, Any]
    info: Mapping[str, Any]
    comment: str
    host: str
    artifacts: tuple[str, ...]
    store: RunStore

    @property
    def minutes(self) -> float:
        """Duration; not a number where it is not known."""
        if self.started is None or self.stopped is None:
            return math.nan
        return (self.stopped - self.started).total_seconds() / 60

    def metrics(self) -> dict[str, Metric]:
        """The metrics by name, read now."""
        return self.store.metrics(self.run_id)

    def artifact(self, name: str) -> bytes:
        """The content of an artifact, read now.

        Raises:
            TrackingError: the run has no such artifact.
        """
        return self.store.artifact(self.run_id, name)


def as_metric(columns: Mapping[str, Any], began: datetime | None) -> Metric:
    """A metric from the columns steps, values and timestamps that Sacred keeps.

    Args:
        columns: of equal length.
        began: start of the run.

    Raises:
        KeyError: a column is missing.
        ValueError: a column holds something else.
    """
    start = None if began is None else began.replace(tzinfo=None)
    return Metric(
        tuple(columns["steps"]),
        tuple(math.nan if value is None else float(value) for value in columns["values"]),
        tuple(_minutes_between(start, moment) for moment in columns["timestamps"]),
    )


def _minutes_between(start: datetime | None, moment: datetime | str) -> float:
    """Without time zones, since Sacred keeps none: there are many moments."""
    if start is None:
        return math.nan
    end = moment if isinstance(moment, datetime) else datetime.fromisoformat(moment)
    end = end if end.tzinfo is None else end.astimezone(UTC).replace(tzinfo=None)
    return (end - start).total_seconds() / 60


def as_mapping(value: Any) -> Mapping[str, Any]:
    """A result or info as a mapping; a lone number is the CER."""
    if isinstance(value, Mapping):
        return value
    return {} if value is None else {"cer": value}


def as_utc(value: Any) -> datetime | None:
    """A time as Sacred keeps it, which is UTC without saying so; None for none.

    Raises:
        ValueError: it is no time.
    """
    if not value:
        return None
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def settle(status: str, heartbeat: datetime | None, now: datetime) -> str:
    """The status, or DIED for a run that should be running and has long been silent."""
    silent = heartbeat is not None and now - heartbeat > SILENCE
    return "DIED" if status == "RUNNING" and silent else status

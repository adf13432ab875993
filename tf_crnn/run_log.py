"""Where a training reports to."""

from typing import Protocol


class RunLog(Protocol):
    """Takes what a training has to tell; a run of Sacred is one."""

    def log_scalar(self, name: str, value: float, step: int, /) -> None:
        """Keep a metric of an epoch."""

    def add_artifact(self, filename: str, /) -> None:
        """Keep a file."""


class Unrecorded:
    """A run log that keeps nothing."""

    def log_scalar(self, name: str, value: float, step: int, /) -> None:
        """Do nothing."""

    def add_artifact(self, filename: str, /) -> None:
        """Do nothing."""

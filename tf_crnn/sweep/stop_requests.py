"""Ctrl-C and the like, noted instead of obeyed at once."""

import signal
from types import TracebackType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequests:
    """Counts the signals INT, TERM and HUP within a `with` block, of the main thread.

    A signal that is ignored, as HUP is under `nohup`, stays so.

    Attributes:
        count: signals so far.
    """

    def __init__(self) -> None:
        """Nothing is counted before `with`."""
        self.count = 0
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "StopRequests":
        """Take the signals over."""
        for number in _SIGNALS:
            handler = signal.getsignal(number)
            if handler != signal.SIG_IGN:
                self._before[number] = handler
                signal.signal(number, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the signals back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, *_: object) -> None:
        self.count += 1

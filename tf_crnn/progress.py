"""How far the reading is: a line that is written over on a terminal, otherwise one now and then."""

import time
from collections.abc import Callable
from typing import TextIO

_ON_TERMINAL_S, _ELSEWHERE_S = 0.2, 15.0
_LEAST_SHARE = 0.02  # before, the time left is a wild guess


class Progress:
    """Writes lines, lines a second and the time left to a stream."""

    def __init__(
        self, stream: TextIO, what: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin now.

        Args:
            stream: such as stderr.
            what: is done, as `read`.
            clock: seconds.
        """
        self._stream, self._what, self._clock = stream, what, clock
        self._began = self._last = clock()
        self._is_terminal = stream.isatty()
        self._width = 0

    def __call__(self, n_lines: int, share: float | None = None) -> None:
        """Note how far it is.

        Args:
            n_lines: that are done.
            share: of all, 0 to 1; None where nobody knows how many there are.
        """
        now = self._clock()
        if now - self._last < (_ON_TERMINAL_S if self._is_terminal else _ELSEWHERE_S):
            return
        self._last = now
        passed = max(now - self._began, 1e-6)
        percent = "" if share is None else f" ({share:.0%})"
        text = f"{self._what} {n_lines:,} lines{percent}, {n_lines / passed:,.0f} a second"
        if share is not None and share >= _LEAST_SHARE:
            text += f", {_duration(passed * (1 - share) / share)} left"
        self._write(text)

    def done(self) -> None:
        """Take the line away, until there is more to tell."""
        if self._is_terminal and self._width:
            self._stream.write("\r" + " " * self._width + "\r")
            self._stream.flush()
            self._width = 0

    def _write(self, text: str) -> None:
        if self._is_terminal:
            self._stream.write("\r" + text.ljust(self._width))
            self._width = max(len(text), self._width)
        else:
            self._stream.write(text + "\n")
        self._stream.flush()


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"

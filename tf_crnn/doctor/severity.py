"""How much a finding matters."""

from enum import IntEnum


class Severity(IntEnum):
    """The lower, the more it matters."""

    REJECTS = 0
    LIKELY_WRONG = 1
    WORTH_A_LOOK = 2
    INFORMATION = 3

    @property
    def heading(self) -> str:
        """For people."""
        return _HEADINGS[self]


_HEADINGS = {
    Severity.REJECTS: "Rejected: a training leaves these out",
    Severity.LIKELY_WRONG: "Likely wrong",
    Severity.WORTH_A_LOOK: "Worth a look",
    Severity.INFORMATION: "For information",
}

"""Numbers in words that people read."""


def percent(share: float, digits: int = 2) -> str:
    """A share as `1.22 %`, with a space that does not break."""
    return f"{100 * share:.{digits}f}\u00a0%"


def count_of(number: int, name: str) -> str:
    """A number of things: `1 line`, `1,200 lines`."""
    return f"{number:,} {name}{'' if number == 1 else 's'}"

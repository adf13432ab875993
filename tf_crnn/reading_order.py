"""Units from the order in which they are read to that in which they stand in the image, and back.

The Unicode Bidirectional Algorithm (UAX #9) is python-bidi's. It takes and gives strings, and does
not say where each character went; so each is followed by three characters that the algorithm
passes over and that tell its place.

Two labels can look alike: `abc` and then `אבג` in a line from left to right, `אבג` and then `abc`
in one from right to left. No function leads back from all images; `to_logical` says how it chooses.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

try:
    from bidi import get_display
    from bidi.mirror import MIRRORED
except ImportError:  # `missing_library` says so to who wants the rule
    get_display = None
    MIRRORED = {}

DIRECTIONS = ("auto", "ltr", "rtl")
_LEFT, _RIGHT = "L", "R"
_STRONG = {"L": _LEFT, "R": _RIGHT, "AL": _RIGHT}
_STRONG_RTL = ("R", "AL")
_NUMBERS = ("EN", "AN")
_SPACES = ("WS", "S", "B")
_ATTACHED = ("NSM", "BN", "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
_NEUTRAL = "\u2016"
# At the end of a line, characters that are passed over would fall to the line's own direction.
_END_MARK = {_LEFT: "\u200e", _RIGHT: "\u200f"}
# Three digits to the base 32, each with signs of its own, so that a reversed number is seen.
_DIGITS = 32
_FIRST_TAG = 0xE0020
_TAG_LENGTH = 3
_MOST_UNITS = _DIGITS**_TAG_LENGTH


class _Cluster(NamedTuple):
    """A unit and the marks that stand on it, moved as a whole; `sign` stands for its direction."""

    units: list[str]
    sign: str


class _Place(NamedTuple):
    origin: int
    is_rtl: bool


def missing_library() -> str:
    """What to install before units can be reordered; empty if nothing is missing."""
    return "" if get_display is not None else 'needs python-bidi: pip install "tf_crnn[data]"'


def to_visual(units: Sequence[str], direction: str) -> list[str]:
    """Units in the order in which they stand in the image, from left to right.

    Units stay whole, and marks stay behind the unit that they stand on. A bracket within text from
    right to left becomes its mirror image, as it is printed. Characters that embed, override or
    isolate directions stay behind their neighbour and have no effect.

    Args:
        units: in the order in which they are read.
        direction: of the line: `ltr`, `rtl`, or `auto` for that of its first letter.

    Raises:
        ValueError: unknown direction, or more than 32,768 units.
    """
    if direction not in DIRECTIONS:
        raise ValueError(f"direction {direction!r}: must be one of {', '.join(DIRECTIONS)}.")
    return _reordered(units, _base(units, direction))


def to_logical(units: Sequence[str], direction: str) -> list[str]:
    """Units in the order in which they are read, from that of the image.

    The algorithm, applied to its own result, restores lines of one direction, with numbers and
    words of the other one between them. Where several labels have this image, it gives one of
    them. With `auto` the line's direction has to be guessed: it is that of most letters, unless no
    label of that direction, and one of the other, has this image.

    Args:
        units: in the order of the image, from left to right.
        direction: as given to `to_visual`.

    Raises:
        ValueError: unknown direction, or more than 32,768 units.
    """
    if direction != "auto":
        return to_visual(units, direction)
    seen = list(units)
    guesses = [_reordered(units, base) for base in _likely_bases(units)]
    fitting = (guess for guess in guesses if to_visual(guess, "auto") == seen)
    return next(fitting, guesses[0])


def _likely_bases(units: Sequence[str]) -> tuple[str, ...]:
    letters = Counter(_strong_directions(units))
    if not letters[_RIGHT]:
        return (_LEFT,)
    return (_LEFT, _RIGHT) if letters[_LEFT] > letters[_RIGHT] else (_RIGHT, _LEFT)


def _base(units: Sequence[str], direction: str) -> str:
    if direction == "auto":
        return next(_strong_directions(units), _LEFT)
    return _LEFT if direction == "ltr" else _RIGHT


def _strong_directions(units: Sequence[str]) -> Iterator[str]:
    kinds = (unicodedata.bidirectional(character) for unit in units for character in unit)
    return (_STRONG[kind] for kind in kinds if kind in _STRONG)


def _reordered(units: Sequence[str], base: str) -> list[str]:
    if base == _LEFT and not any(_may_move(unit) for unit in units):
        return list(units)
    clusters = list(_clusters(units))
    if len(clusters) > _MOST_UNITS:
        raise ValueError(f"{len(units):,} units: a line to reorder has at most {_MOST_UNITS:,}.")
    # Spaces at the end stand where the line ends, whatever is before them.
    n_kept = len(clusters)
    while n_kept and unicodedata.bidirectional(clusters[n_kept - 1].sign) in _SPACES:
        n_kept -= 1
    trailing = [unit for cluster in clusters[n_kept:] for unit in cluster.units]
    moved = [
        unit
        for place in _places([cluster.sign for cluster in clusters[:n_kept]], base)
        for unit in _mirrored(clusters[place.origin].units, is_rtl=place.is_rtl)
    ]
    return [*trailing[::-1], *moved] if base == _RIGHT else [*moved, *trailing]


@lru_cache(maxsize=65536)
def _may_move(unit: str) -> bool:
    """Whether a unit, or what is beside it, changes its place in a line from left to right."""
    return any(unicodedata.bidirectional(c) in (*_STRONG_RTL, "AN") for c in unit)


def _clusters(units: Sequence[str]) -> Iterator[_Cluster]:
    cluster: _Cluster | None = None
    for unit in units:
        sign = _sign(unit)
        if cluster is not None and not sign:
            cluster.units.append(unit)
            continue
        if cluster is not None:
            yield cluster
        cluster = _Cluster([unit], sign or _NEUTRAL)
    if cluster is not None:
        yield cluster


@lru_cache(maxsize=65536)
def _sign(unit: str) -> str:
    """The character that settles a unit's direction; empty where it has none of its own."""
    kinds = {character: unicodedata.bidirectional(character) for character in unit}
    for wanted in (_STRONG, _NUMBERS):
        if found := next((c for c, kind in kinds.items() if kind in wanted), ""):
            return found
    # Code points that Unicode has not assigned yet have no kind.
    own = [c for c, kind in kinds.items() if kind not in _ATTACHED]
    if own and kinds[own[0]] in _SPACES:
        return " "
    return own[0] if own else ""


def _places(signs: Sequence[str], base: str) -> Iterator[_Place]:
    """Where each character comes from, from left to right, and in which direction it runs."""
    if not signs:
        return
    end_mark = _END_MARK[base]
    tagged = "".join(sign + _tag(index) for index, sign in enumerate(signs)) + end_mark
    shown = get_display(tagged, base_dir=base)
    shown = shown[1:] if base == _RIGHT else shown[:-1]
    for start in range(0, len(shown), 1 + _TAG_LENGTH):
        block = shown[start : start + 1 + _TAG_LENGTH]
        is_rtl = ord(block[0]) >= _FIRST_TAG
        yield _Place(_untag(block[-2::-1] if is_rtl else block[1:]), is_rtl)


@lru_cache(maxsize=65536)
def _tag(index: int) -> str:
    high, rest = divmod(index, _DIGITS**2)
    digits = (high, *divmod(rest, _DIGITS))
    return "".join(chr(_FIRST_TAG + _DIGITS * n + digit) for n, digit in enumerate(digits))


def _untag(tag: str) -> int:
    digits = [ord(character) - _FIRST_TAG - _DIGITS * n for n, character in enumerate(tag)]
    return (digits[0] * _DIGITS + digits[1]) * _DIGITS + digits[2]


def _mirrored(units: Sequence[str], *, is_rtl: bool) -> Sequence[str]:
    if not is_rtl:
        return units
    return [MIRRORED.get(unit, unit) if _has_mirror(unit) else unit for unit in units]


def _has_mirror(unit: str) -> bool:
    return len(unit) == 1 and unicodedata.mirrored(unit) == 1

"""Small pictures of lines, as data URIs for a page that stands alone."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from tf_crnn.comparison.result import ComparedLine
from tf_crnn.reports.thumbnails import thumbnail_data_uri

_MOST_FILE_BYTES = 50_000_000
_QUALITY = 40
_N_THREADS = 4
_AT_ONCE = 64


class Pictures(NamedTuple):
    """Pictures of some lines.

    Attributes:
        uris: by the place of the line.
        n_unreadable: lines whose image file is gone or cannot be read.
        n_left_out: lines for which there was no more room.
    """

    uris: dict[int, str]
    n_unreadable: int
    n_left_out: int


def make_pictures(lines: Sequence[ComparedLine], most_bytes: int) -> Pictures:
    """Scale the images of lines down and encode them, lines on which the runs differ most first.

    Args:
        lines: with the paths of their images.
        most_bytes: that all pictures together may take.
    """
    order = sorted(range(len(lines)), key=lambda place: _interest(lines[place]), reverse=True)
    uris: dict[int, str] = {}
    n_unreadable = n_bytes = 0
    places = iter(order)
    with ThreadPoolExecutor(_N_THREADS) as pool:
        while n_bytes < most_bytes and (some := list(islice(places, _AT_ONCE))):
            for place, uri in zip(some, pool.map(_picture, (lines[p] for p in some)), strict=True):
                n_bytes += len(uri or "")
                if uri is None:
                    n_unreadable += 1
                elif n_bytes <= most_bytes:
                    uris[place] = uri
    n_left_out = len(lines) - len(uris) - n_unreadable
    return Pictures(uris, n_unreadable, n_left_out)


def _interest(line: ComparedLine) -> tuple[int, int]:
    return max(line.edits) - min(line.edits), sum(line.edits)


def _picture(line: ComparedLine) -> str | None:
    """The first of the line's images that can be read; None without one."""
    for path in map(Path, line.paths):
        try:
            # A run of a stranger may name a pipe or a device.
            if not path.is_file() or path.stat().st_size > _MOST_FILE_BYTES:
                continue
            if uri := thumbnail_data_uri(path, quality=_QUALITY):
                return uri
        except (OSError, ValueError):
            continue
    return None

"""Lines read ahead: their order, their batches, and what is left when it goes wrong."""

import itertools
import threading
import weakref
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from tf_crnn import read_ahead
from tf_crnn.errors import LineImageError
from tf_crnn.read_ahead import CHUNKS_AHEAD, PreparedLine, ReadAhead

BAD_WIDTH_PX = 13
WIDTHS_PX = [30, 7, 21, 13, 4, 40, 13, 9, 18, 2, 25]


def line_of(width_px: int) -> PreparedLine | LineImageError:
    if width_px == BAD_WIDTH_PX:
        return LineImageError(f"bad: {width_px}")
    return PreparedLine([np.zeros((1, width_px, 1), dtype=np.uint8)], width_px)


def widths_of(lines: Sequence[PreparedLine]) -> list[int]:
    return [line.width_px for line in lines]


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(read_ahead, "CHUNK_LINES", 4)
    return 4


def test_results_and_errors_have_the_order_of_their_sources(small_chunks: int) -> None:
    assert len(WIDTHS_PX) > 2 * small_chunks

    results = list(ReadAhead(line_of, widths_of, 2)(WIDTHS_PX))

    shown = [BAD_WIDTH_PX if isinstance(r, LineImageError) else r for r in results]
    assert shown == WIDTHS_PX
    assert [str(r) for r in results if isinstance(r, LineImageError)] == ["bad: 13"] * 2


def test_batches_hold_lines_of_like_widths() -> None:
    batches = list[list[int]]()

    def read(lines: Sequence[PreparedLine]) -> list[int]:
        batches.append(widths_of(lines))
        return batches[-1]

    list(ReadAhead(line_of, read, 4)(WIDTHS_PX))

    assert sorted(batches) == [[2, 4, 7, 9], [18, 21, 25, 30], [40]]


def test_no_source_has_no_result() -> None:
    assert list(ReadAhead(line_of, widths_of, 4)([])) == []


@pytest.mark.parametrize("n_before", [0, 3, 4, 11])
def test_what_the_sources_raise_comes_behind_the_results_of_all_before(
    n_before: int, small_chunks: int
) -> None:
    def sources() -> Iterator[int]:
        yield from range(20, 20 + n_before)
        raise OSError(f"behind {small_chunks}")

    results = list[object]()
    with pytest.raises(OSError, match="behind 4"):
        for result in ReadAhead(line_of, widths_of, 2)(sources()):
            results.append(result)

    assert results == list(range(20, 20 + n_before))
    assert _reading_threads() == []


@pytest.mark.parametrize("part", ["prepare", "read"])
def test_an_error_of_a_part_arrives_and_ends_all_threads(part: str, small_chunks: int) -> None:
    def prepare(width_px: int) -> PreparedLine | LineImageError:
        if part == "prepare" and width_px > 2 * small_chunks:
            raise MemoryError("no room")
        return line_of(width_px)

    def read(lines: Sequence[PreparedLine]) -> list[int]:
        if part == "read" and lines[0].width_px > 2 * small_chunks:
            raise MemoryError("no room")
        return widths_of(lines)

    with pytest.raises(MemoryError, match="no room"):
        list(ReadAhead(prepare, read, 2)(itertools.count(20)))

    assert _reading_threads() == []


def test_who_takes_no_more_leaves_no_thread(small_chunks: int) -> None:
    results = ReadAhead(line_of, widths_of, 2)(itertools.count(20))
    taken = list(itertools.islice(results, small_chunks + 1))
    assert _reading_threads()

    results.close()

    assert taken == list(range(20, 25))
    assert _reading_threads() == []


def _reading_threads() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("ThreadPoolExecutor")]


def test_later_images_are_prepared_while_a_batch_is_read(small_chunks: int) -> None:
    later_ones_are_ready = threading.Event()

    def prepare(width_px: int) -> PreparedLine | LineImageError:
        if width_px == 20 + 2 * small_chunks - 1:
            later_ones_are_ready.set()
        return line_of(width_px)

    def read(lines: Sequence[PreparedLine]) -> list[int]:
        assert later_ones_are_ready.wait(timeout=60)
        return widths_of(lines)

    results = list(ReadAhead(prepare, read, 4)(range(20, 40)))

    assert results == list(range(20, 40))


def test_a_batch_is_read_while_results_before_are_taken(small_chunks: int) -> None:
    next_chunk_is_read = threading.Event()

    def read(lines: Sequence[PreparedLine]) -> list[int]:
        if lines[0].width_px >= 20 + small_chunks:
            next_chunk_is_read.set()
        return widths_of(lines)

    results = ReadAhead(line_of, read, 4)(range(20, 40))

    assert next(results) == 20
    assert next_chunk_is_read.wait(timeout=60)
    assert list(results) == list(range(21, 40))


def test_the_number_of_lines_held_does_not_grow(small_chunks: int) -> None:
    living, most = 0, 0
    # A collection of garbage may run `gone` where `prepare` holds it.
    lock = threading.RLock()

    def gone() -> None:
        nonlocal living
        with lock:
            living -= 1

    def prepare(_: int) -> PreparedLine:
        nonlocal living, most
        image = np.zeros((1, 4, 1), dtype=np.uint8)
        with lock:
            living += 1
            most = max(most, living)
        weakref.finalize(image, gone)
        return PreparedLine([image], 4)

    n_results = sum(1 for _ in ReadAhead(prepare, widths_of, 2)(range(5_000)))

    assert n_results == 5_000
    assert most <= (2 + CHUNKS_AHEAD) * small_chunks

"""Reading any number of lines: images are prepared, batches read and results taken at once."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from tf_crnn.errors import LineImageError

# So many images are prepared before they are sorted by width and cut into batches.
CHUNK_LINES = 512
# Chunks under way beside the one whose results are taken: one is read, one is prepared.
CHUNKS_AHEAD = 2
_PREPARING_THREADS = 4
# While the texts of one batch are searched for, the network reads the other.
_BATCHES_AT_ONCE = 2

SourceT = TypeVar("SourceT")
ResultT = TypeVar("ResultT")


class PreparedLine(NamedTuple):
    """The line and its changed copies, (H, W, C) uint8, and its width as it was given."""

    images: Sequence[NDArray[np.uint8]]
    width_px: int


class ReadAhead(Generic[SourceT, ResultT]):
    """Reads lines in constant memory; the results have the order of the sources.

    Sources are taken in the thread that takes the results, `CHUNKS_AHEAD` chunks ahead of them.

    Args:
        prepare: makes a line of a source, or tells what is wrong with it; called in threads.
        read: gives the results of the lines of a batch; called in threads.
        batch_size: lines of a batch.
    """

    def __init__(
        self,
        prepare: Callable[[SourceT], PreparedLine | LineImageError],
        read: Callable[[Sequence[PreparedLine]], Sequence[ResultT]],
        batch_size: int,
    ) -> None:
        """Nothing runs before results are asked for."""
        self._prepare, self._read, self._batch_size = prepare, read, batch_size

    def __call__(self, sources: Iterable[SourceT]) -> Iterator[ResultT | LineImageError]:
        """The results, errors of images in their places.

        What `sources` raises is raised behind the results of all before. No thread is left where
        the results are not taken to their end.
        """
        chunks, under_way = _Chunks(sources), deque[Future[list[Any]]]()
        with _threads(_PREPARING_THREADS, _BATCHES_AT_ONCE, 1) as (preparing, reading, joining):
            while True:
                lines = [preparing.submit(self._prepare, source) for source in chunks.take()]
                if lines:
                    under_way.append(joining.submit(self._read_chunk, lines, reading))
                    if len(under_way) <= CHUNKS_AHEAD:
                        continue
                if not under_way:
                    break
                yield from _taken(under_way.popleft().result())
        if chunks.error is not None:
            raise chunks.error

    def _read_chunk(
        self, prepared: list[Future[PreparedLine | LineImageError]], reading: ThreadPoolExecutor
    ) -> list[ResultT | LineImageError]:
        results: list[Any] = [future.result() for future in prepared]
        prepared.clear()
        positions = [i for i, line in enumerate(results) if not isinstance(line, LineImageError)]
        positions.sort(key=lambda position: results[position].images[0].shape[1])
        starts = range(0, len(positions), self._batch_size)
        batches = [positions[start : start + self._batch_size] for start in starts]
        read = reading.map(self._read, [[results[i] for i in batch] for batch in batches])
        for batch, found in zip(batches, read, strict=True):
            for position, result in zip(batch, found, strict=True):
                results[position] = result
        return results


class _Chunks(Generic[SourceT]):
    """Sources, some at a time; `error` is what kept them from going on."""

    def __init__(self, sources: Iterable[SourceT]) -> None:
        self._sources = iter(sources)
        self.error: Exception | None = None

    def take(self) -> list[SourceT]:
        taken = list[SourceT]()
        try:
            taken.extend(islice(self._sources, CHUNK_LINES))
        except Exception as error:
            self.error, self._sources = error, iter(())
        return taken


@contextmanager
def _threads(*counts: int) -> Iterator[list[ThreadPoolExecutor]]:
    """Threads that have ended behind this, with no more than what they had begun."""
    pools = [ThreadPoolExecutor(n_threads) for n_threads in counts]
    try:
        yield pools
    finally:
        # Who waits for the work of others is let go before anyone is waited for.
        for pool in pools:
            pool.shutdown(wait=False, cancel_futures=True)
        for pool in pools:
            pool.shutdown()


def _taken(results: list[ResultT]) -> Iterator[ResultT]:
    """The items from first to last, none of which is kept."""
    results.reverse()
    while results:
        yield results.pop()

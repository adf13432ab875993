"""All lines of some CSVs, read once and in parallel."""

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tf_crnn.doctor.measure import Measured, UnitUse, measure_rows, start_worker
from tf_crnn.doctor.record import RECORD, hash_text
from tf_crnn.doctor.setting import Setting, Source
from tf_crnn.documents import read_documents
from tf_crnn.errors import DataError
from tf_crnn.samples import RawRow, read_raw_rows

# Called with the number of lines read and the share of the files that they are.
OnProgress = Callable[[int, float], None]
_ROWS_AT_A_TIME = 128
_TASKS_AHEAD = 4


class Lines(NamedTuple):
    """All lines.

    Attributes:
        records: (N,) of `RECORD`, in the order of the CSVs and their rows.
        units: by split, then by unit; places are within `records`.
        kinds: of the rejections; `records["rejection"]` counts from 1 in them.
    """

    records: NDArray[Any]
    units: dict[str, dict[str, UnitUse]]
    kinds: list[str]


class _Task(NamedTuple):
    source: int
    rows: list[RawRow]
    share: float


def n_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def read_lines(setting: Setting, jobs: int, on_progress: OnProgress | None = None) -> Lines:
    """Read every line of every CSV.

    Args:
        setting: what to read.
        jobs: processes; with 1, or for few lines, this one does it all.
        on_progress: called now and then.

    Raises:
        DataError: a CSV or a documents.csv cannot be read.
    """
    gathered = _Gathered(setting)
    n_lines = 0
    for task, measured in _measured(setting, jobs):
        gathered.add(task.source, measured)
        n_lines += len(task.rows)
        if on_progress is not None:
            on_progress(n_lines, task.share)
    return gathered.lines()


def _measured(setting: Setting, jobs: int) -> Iterator[tuple[_Task, Measured]]:
    tasks = _tasks(setting)
    first = list(islice(tasks, 2))
    if jobs <= 1 or len(first) < 2:
        for task in (*first, *tasks):
            yield task, measure_rows(task.rows, task.source, setting)
        return
    # Not forked: a process that has threads, as TensorFlow starts them, must not be.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=start_worker) as pool:
        running: deque[tuple[_Task, Future[Measured]]] = deque()
        for task in (*first, *tasks):
            running.append((task, pool.submit(measure_rows, task.rows, task.source, setting)))
            if len(running) > _TASKS_AHEAD * jobs:
                done, future = running.popleft()
                yield done, future.result()
        while running:
            done, future = running.popleft()
            yield done, future.result()


def _tasks(setting: Setting) -> Iterator[_Task]:
    sizes = [_size(source) for source in setting.sources]
    total, before = max(1, sum(sizes)), 0
    for number, source in enumerate(setting.sources):
        rows = read_raw_rows(source.path)
        while chunk := list(islice(rows, _ROWS_AT_A_TIME)):
            end = chunk[-1].offset + len(chunk[-1].raw)
            yield _Task(number, chunk, min(1.0, (before + end) / total))
        before += sizes[number]


def _size(source: Source) -> int:
    try:
        return source.path.stat().st_size
    except OSError as error:
        raise DataError(
            f"{source.name}: cannot be read ({error.strerror}). Check the path; a relative one "
            "starts at the working directory."
        ) from error


class _Gathered:
    """What the workers gave, put together."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._parts: list[NDArray[Any]] = []
        self._n_lines = 0
        self._units: dict[str, dict[str, UnitUse]] = {}
        self._kinds: dict[str, int] = {}
        self._documents: dict[int, _Documents] = {}

    def add(self, source: int, measured: Measured) -> None:
        records = measured.records
        numbers = [0, *(self._kinds.setdefault(k, len(self._kinds) + 1) for k in measured.kinds)]
        records["rejection"] = np.array(numbers)[records["rejection"]]
        if self._setting.documents is None:
            records["document"] = self._documents_of(source).find(measured.paths)
        units = self._units.setdefault(self._setting.sources[source].split, {})
        none = UnitUse(0, 0, ())
        for unit, use in measured.units.items():
            units[unit] = units.get(unit, none).plus(use, self._n_lines)
        self._parts.append(records)
        self._n_lines += len(records)

    def lines(self) -> Lines:
        records = np.concatenate(self._parts) if self._parts else np.zeros(0, RECORD)
        return Lines(records, self._units, list(self._kinds))

    def _documents_of(self, source: int) -> "_Documents":
        if source not in self._documents:
            # One at a time: a file of a million paths takes room.
            self._documents = {source: _Documents(self._setting.sources[source])}
        return self._documents[source]


class _Documents:
    """`documents.csv` beside a CSV, as hashes: 16 bytes a path."""

    def __init__(self, source: Source) -> None:
        named = read_documents(source.path)
        paths = np.fromiter((hash_text(path) for path in named), dtype=np.uint64, count=len(named))
        documents = np.fromiter(
            (hash_text(name) if name else 0 for name in named.values()), np.uint64, len(named)
        )
        order = np.argsort(paths)
        self._paths, self._documents = paths[order], documents[order]

    def find(self, paths: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """The document's hash of each path's; 0 where none is named."""
        if not len(self._paths):
            return np.zeros(len(paths), dtype=np.uint64)
        places = np.minimum(np.searchsorted(self._paths, paths), len(self._paths) - 1)
        return np.where(self._paths[places] == paths, self._documents[places], np.uint64(0))

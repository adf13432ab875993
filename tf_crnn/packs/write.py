"""From CSVs to a pack: every line decoded and scaled once, for all epochs of all trainings."""

import csv
import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple

from tf_crnn.documents import DOCUMENTS_CSV, DOCUMENTS_DELIMITER, DOCUMENTS_HEADER, read_documents
from tf_crnn.errors import DataError, LineImageError
from tf_crnn.images import Size, as_line_image, prepare_line
from tf_crnn.packs.description import PackDescription
from tf_crnn.packs.files import PACK_CSV, SHARD, format_reference, pack_of
from tf_crnn.packs.lines import PackedLine, encode, read_line_image
from tf_crnn.provenance import describe_data
from tf_crnn.rejections import REJECTED_CSV, Reasons, RejectedFile, Rejection
from tf_crnn.samples import Row, as_paths, read_rows, resolve_image_path
from tf_crnn.stamped import new_folder
from tf_crnn.tfrecord import RecordWriter

SHARD_MB = 256.0
# Lines that are read ahead for each thread: more would only take memory.
_AHEAD = 16


class Packed(NamedTuple):
    """What a packing came to.

    Attributes:
        description: of the pack.
        reasons: of the lines left out.
    """

    description: PackDescription
    reasons: Reasons


class _Content(NamedTuple):
    """A record to write, its row in `lines.csv`, and its document if that is known."""

    content: bytes
    image_path: str
    label: str
    document: str = ""


def write_pack(
    csv_files: Any,
    config: dict[str, Any],
    output: Path,
    *,
    shard_mb: float = SHARD_MB,
    on_line: Callable[[int], None] = lambda _: None,
) -> Packed:
    """Pack the lines of CSVs; the folder is whole or not there at all.

    Args:
        csv_files: one path or several.
        config: with the values of `description.CONFIG_KEYS`.
        output: a folder that is absent or empty.
        shard_mb: a file that has grown to this size is followed by another.
        on_line: called with the number of rows done, after each.

    Raises:
        DataError: a CSV cannot be read, the folder holds something, or no line is usable.
    """
    paths = as_paths(csv_files)
    if packs := [str(path) for path in paths if pack_of(path)]:
        raise DataError(f"{', '.join(packs)}: is a pack. Name the CSVs that it was made from.")
    delimiters = config["csv_delimiter"], config["string_split_delimiter"]
    reasons = Reasons()
    with new_folder(output) as folder:
        pack = _PackWriter(folder, delimiters[0], shard_mb)
        with pack, RejectedFile(folder / REJECTED_CSV) as rejected:
            for number, result in enumerate(_packed_rows(paths, config), start=1):
                if isinstance(result, Rejection):
                    rejected.add(result)
                    reasons.add(result)
                else:
                    pack.add(result)
                on_line(number)
        if not pack.n_lines:
            raise DataError(
                f"{', '.join(map(str, paths))}: no line can be packed.\n"
                f"{str(reasons) or '  The CSV has no rows.'}"
            )
        if not reasons.n_rejected:
            (folder / REJECTED_CSV).unlink()
        made_from = {"csv_files": list(map(str, paths)), **describe_data(paths, *delimiters)}
        description = pack.describe(config, reasons.n_rejected, made_from)
        description.save(folder)
    return Packed(description, reasons)


def _packed_rows(paths: Sequence[Path], config: dict[str, Any]) -> Iterator[_Content | Rejection]:
    delimiters = config["csv_delimiter"], config["string_split_delimiter"]
    n_threads = os.cpu_count() or 1
    with ThreadPoolExecutor(n_threads) as pool:
        waiting: deque[Future[_Content | Rejection]] = deque()
        for path in paths:
            documents = read_documents(path)
            pack_row = partial(
                _pack_row, csv_path=path.resolve(), config=config, documents=documents
            )
            for row in read_rows(path, *delimiters):
                waiting.append(pool.submit(pack_row, row))
                if len(waiting) > n_threads * _AHEAD:
                    yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _pack_row(
    row: Row, csv_path: Path, config: dict[str, Any], documents: Mapping[str, str]
) -> _Content | Rejection:
    reject = partial(Rejection, csv_path, row.number, row.image_path)
    if row.problem:
        return reject("malformed row", row.problem)
    if row.label is None:
        return reject("malformed row", f"no label: the row has no {config['csv_delimiter']!r}")
    path = resolve_image_path(row.image_path, csv_path.parent)
    try:
        image = read_line_image(path, straight=config["straighten_lines"])
        image = as_line_image(image, config["input_channels"])
    except LineImageError as error:
        reason = str(error).removeprefix(f"{path}: ")
        return reject(reason.partition(" (")[0], reason)
    size = Size(*image.shape[:2])
    line = prepare_line(image, config["input_shape"], config["downscale_factor"])
    content = encode(PackedLine(line, size, row.image_path, row.label))
    return _Content(content, row.image_path, row.label, documents.get(row.image_path, ""))


class _PackWriter:
    """The records and their CSVs, as they grow."""

    def __init__(self, folder: Path, delimiter: str, shard_mb: float) -> None:
        self._folder = folder
        self._most_bytes = shard_mb * 1e6
        self._hash = hashlib.sha256()
        self._shards: list[dict[str, Any]] = []
        self._records: RecordWriter | None = None
        self._open = ExitStack()
        # Quoted, both fields come back as they are, whatever they hold.
        self._rows = self._open_csv(PACK_CSV, delimiter, csv.QUOTE_ALL)
        self._documents: Any = None

    def __enter__(self) -> "_PackWriter":
        return self

    def __exit__(self, *_: object) -> None:
        self._end_shard()
        self._open.close()

    @property
    def n_lines(self) -> int:
        """Written so far."""
        return sum(shard["n_lines"] for shard in self._shards)

    def add(self, line: _Content) -> None:
        """Append a line."""
        if self._records is None or self._records.offset >= self._most_bytes:
            self._end_shard()
            name = SHARD.format(len(self._shards))
            self._shards.append({"name": name, "n_lines": 0, "n_bytes": 0})
            self._records = RecordWriter(self._folder / name)
        shard = self._shards[-1]
        offset = self._records.write(line.content)
        self._hash.update(line.content)
        shard["n_lines"] += 1
        shard["n_bytes"] = self._records.offset
        reference = format_reference(shard["name"], offset, line.image_path)
        self._rows.writerow([reference, line.label])
        if line.document:
            self._add_document(reference, line.document)

    def describe(
        self, config: dict[str, Any], n_rejected: int, made_from: dict[str, Any]
    ) -> PackDescription:
        """What was written."""
        return PackDescription(
            config, self.n_lines, n_rejected, self._shards, self._hash.hexdigest(), made_from
        )

    def _add_document(self, reference: str, document: str) -> None:
        if self._documents is None:
            self._documents = self._open_csv(DOCUMENTS_CSV, DOCUMENTS_DELIMITER, csv.QUOTE_MINIMAL)
            self._documents.writerow(DOCUMENTS_HEADER)
        self._documents.writerow([reference, document])

    def _open_csv(self, name: str, delimiter: str, quoting: Literal[0, 1]) -> Any:
        path = self._folder / name
        stream = self._open.enter_context(path.open("w", encoding="utf-8", newline=""))
        return csv.writer(stream, delimiter=delimiter, quoting=quoting, lineterminator="\n")

    def _end_shard(self) -> None:
        if self._records is not None:
            self._records.close()
            self._records = None

r"""N-grams of units in ARPA files, as KenLM, SRILM and others write and read them.

Units are parted by spaces, so a space itself is written `<space>`, and other white space within a
unit by its code point, as in `<U+00A0>`. `<s>` and `</s>` are the begin and the end of a line.
"""

import gzip
import logging
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

import numpy as np

from tf_crnn.decoding.ngrams import LanguageModel, Level, assemble, level_starts
from tf_crnn.decoding.tables import END_CODE
from tf_crnn.errors import DataError

logger = logging.getLogger(__name__)

SPACE, BEGIN, END, UNKNOWN = "<space>", "<s>", "</s>", "<unk>"
_LN_10 = math.log(10)
# Of units that the file does not hold, where it has no <unk>; natural logs.
_LOG_PROB_OF_UNKNOWN, _NEVER = math.log(1e-7), -99.0

_Grams = dict[tuple[int, ...], tuple[float, float]]


def read_arpa(path: Path, units: Sequence[str]) -> LanguageModel:
    """The n-grams of an ARPA file, packed by gzip or not.

    N-grams with units that are not in `units` are left out, and counted in the log; units that are
    not in the file get the probability of its `<unk>`.

    Args:
        path: of the file.
        units: of the alphabet of the model that shall read with them.

    Raises:
        DataError: the file cannot be read or is not ARPA; the message names the line.
    """
    codes = {_token(unit): code for code, unit in enumerate(units, start=1)}
    codes |= {BEGIN: len(units) + 1, END: END_CODE, "<UNK>": -1, UNKNOWN: -1}
    try:
        with _open(path, "rt") as stream:
            orders = _read_grams(path, stream, codes)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read as an ARPA file ({error}).") from error
    if not orders or not orders[0]:
        raise DataError(f"{path}: holds no n-grams of the alphabet. Is it of units, not of words?")
    return LanguageModel(assemble(_levels(path, orders, len(units)), len(units)), units)


def write_arpa(model: LanguageModel, path: Path) -> None:
    """Write the n-grams, packed by gzip if the name ends in `.gz`."""
    tables = model.tables
    starts = level_starts(tables)
    tokens = [END, *map(_token, model.units), BEGIN]
    parents = np.repeat(np.arange(len(tables.unit)), np.diff(tables.first_child))
    names = [""]
    with _open(path, "wt") as stream:
        stream.write("\\data\\\n")
        for order, (start, end) in enumerate(zip(starts[1:-1], starts[2:], strict=True), start=1):
            stream.write(f"ngram {order}={end - start}\n")
        for order, (start, end) in enumerate(zip(starts[1:-1], starts[2:], strict=True), start=1):
            stream.write(f"\n\\{order}-grams:\n")
            for node in range(start, end):
                before = names[parents[node - 1]]
                names.append(f"{before} {tokens[tables.unit[node]]}".lstrip())
                backoff = f"\t{tables.backoff[node] / _LN_10:.7g}" if order < model.order else ""
                stream.write(f"{tables.log_prob[node] / _LN_10:.7g}\t{names[node]}{backoff}\n")
        stream.write("\n\\end\\\n")


def _open(path: Path, mode: str) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, mode, encoding="utf-8")  # type: ignore[return-value]
    return path.open(mode, encoding="utf-8")  # type: ignore[return-value]


def _token(unit: str) -> str:
    if unit == " ":
        return SPACE
    if unit in (SPACE, BEGIN, END, UNKNOWN, "<UNK>"):
        return f"<U+003C>{unit[1:]}"
    return re.sub(r"\s", lambda match: f"<U+{ord(match[0]):04X}>", unit)


def _read_grams(path: Path, stream: TextIO, codes: dict[str, int]) -> list[_Grams]:
    """Natural logs of probability and back-off of each n-gram, order by order."""
    orders: list[_Grams] = []
    n_left_out = 0
    for number, order, line in _rows(path, stream):
        while len(orders) < order:
            orders.append({})
        fields = line.split()
        if len(fields) not in (order + 1, order + 2):
            raise DataError(
                f"{path}, line {number}: is not a {order}-gram with its numbers: {line!r}."
            )
        try:
            log_prob, backoff = (
                float(fields[0]),
                float(fields[order + 1] if len(fields) > order + 1 else 0),
            )
        except ValueError as error:
            raise DataError(f"{path}, line {number}: {error}.") from error
        gram = tuple(codes.get(token, -2) for token in fields[1 : order + 1])
        if -2 in gram or (-1 in gram and order > 1):
            n_left_out += 1
            continue
        orders[order - 1][gram] = (max(log_prob * _LN_10, _NEVER), backoff * _LN_10)
    if n_left_out:
        logger.warning(
            "%s: left out %s n-grams with units that the model does not know", path,
            f"{n_left_out:,}",
        )  # fmt: skip
    return orders


def _rows(path: Path, stream: TextIO) -> Iterator[tuple[int, int, str]]:
    """Number, order and text of each line that holds an n-gram."""
    order = 0
    for number, line in enumerate(stream, start=1):
        text = line.strip()
        if section := re.fullmatch(r"\\(\d+)-grams:", text):
            order = int(section[1])
        elif text == "\\end\\":
            return
        elif text and order:
            yield number, order, text
    raise DataError(f"{path}: has no \\end\\: it is not ARPA, or was cut off.")


def _levels(path: Path, orders: list[_Grams], n_units: int) -> list[Level]:
    unknown = orders[0].pop((-1,), (_LOG_PROB_OF_UNKNOWN, 0.0))[0]
    for code in range(n_units + 2):
        orders[0].setdefault((code,), (_NEVER if code == n_units + 1 else unknown, 0.0))
    numbers: list[dict[tuple[int, ...], int]] = [{(): 0}]
    nodes: dict[tuple[int, ...], int] = {(): 0}
    levels = []
    for grams in orders:
        shorter = numbers[-1]
        orphans = [gram for gram in grams if gram[:-1] not in shorter]
        if orphans:
            raise DataError(
                f"{path}: lacks what stands before the last unit of {len(orphans)} n-grams."
            )
        ordered = sorted(grams, key=lambda gram: (shorter[gram[:-1]], gram[-1]))
        suffixes = [_suffix(gram, nodes) for gram in ordered]
        first = len(nodes)
        nodes |= {gram: first + i for i, gram in enumerate(ordered)}
        numbers.append({gram: i for i, gram in enumerate(ordered)})
        log_probs, backoffs = np.array([grams[gram] for gram in ordered]).reshape(-1, 2).T
        parents = np.array([shorter[gram[:-1]] for gram in ordered], dtype=np.int64)
        last = np.array([gram[-1] for gram in ordered], dtype=np.int64)
        levels.append(Level(parents, last, np.array(suffixes, dtype=np.int64), log_probs, backoffs))
    return [level for level in levels if len(level.unit)]


def _suffix(gram: tuple[int, ...], nodes: dict[tuple[int, ...], int]) -> int:
    """The longest n-gram that ends as this one does and is there already."""
    for start in range(1, len(gram) + 1):
        if gram[start:] in nodes:
            return nodes[gram[start:]]
    return 0

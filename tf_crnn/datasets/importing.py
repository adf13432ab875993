"""Labelled lines in another format brought in: a folder of CSVs that a training takes as it is."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from tf_crnn import __version__
from tf_crnn.alphabet import Alphabet
from tf_crnn.datasets.assignment import Assignment, EarlierSplit, SplitPlan
from tf_crnn.datasets.checking import LineMaker, Rules
from tf_crnn.datasets.lines import Line, LineFile
from tf_crnn.datasets.output_folder import finish_folder, start_folder
from tf_crnn.datasets.writing import SplitWritten, write_alphabet, write_record, write_splits
from tf_crnn.documents import document_expression
from tf_crnn.errors import DataError
from tf_crnn.importers import IMPORTERS
from tf_crnn.importers.sample import Sample
from tf_crnn.rejections import REJECTED_CSV, Reasons, RejectedFile, Rejection
from tf_crnn.text_rules import TextRules

_LINES_FILE = ".lines"
# What hardly anyone wants to keep apart: é written in two ways, spaces of several widths.
IMPORT_RULES = TextRules(unicode_form="NFC", white_space="fold")

# Called with the numbers of lines and of rejections so far.
OnProgress = Callable[[int, int], None]


class Origin(NamedTuple):
    """What is imported.

    Attributes:
        form: a key of `IMPORTERS`.
        sources: files or folders.
        options: of the importer.
    """

    form: str
    sources: Sequence[Path]
    options: Mapping[str, Any] = {}


class ImportPlan(NamedTuple):
    """How it is imported.

    Attributes:
        split: which line goes where.
        text_rules: how text is changed, and what is a unit.
        alphabet: units that a label may hold; without it all, and training lines make the alphabet.
        documents: regular expression whose first group, searched in the path of an image (in the
            name of one that is no file yet), is the document.
        is_copying: whether image files are copied into the data set.
    """

    split: SplitPlan = SplitPlan()
    text_rules: TextRules = IMPORT_RULES
    alphabet: Path | None = None
    documents: str | None = None
    is_copying: bool = False


class Imported(NamedTuple):
    """A data set that was written.

    Attributes:
        folder: of the data set.
        splits: 'train', 'val' and 'test'.
        reasons: why lines were rejected.
        unknown_units: how often each unit occurs that the given alphabet lacks.
        assignment: how many lines went where for which reason.
        longest: units of the longest label.
        record: `dataset.json`.
    """

    folder: Path
    splits: Mapping[str, SplitWritten]
    reasons: Reasons
    unknown_units: Counter[str]
    assignment: Assignment
    longest: int
    record: Mapping[str, Any]


def import_dataset(
    origin: Origin,
    output_dir: Path,
    *,
    plan: ImportPlan = ImportPlan(),  # noqa: B008 - it cannot be changed
    on_progress: OnProgress = lambda _n_lines, _n_rejected: None,
) -> Imported:
    """Read labelled lines, check them, and write a data set.

    The folder then holds `train.csv`, `val.csv`, `test.csv` (those that have lines),
    `alphabet.json`, `documents.csv` (where documents are known), `rejected.csv`, `dataset.json`,
    and in `images/` the images that were no files or were copied. It is filled as
    `output_dir/.unfinished/` and moved when whole.

    Args:
        origin: what is imported.
        output_dir: a new or empty folder.
        plan: how.
        on_progress: called now and then.

    Raises:
        DataError: a source cannot be read, no line is usable, the plan is faulty, or the folder
            holds anything.
        AlphabetError: the given alphabet cannot be used.
    """
    split = plan.split
    split.shares.check()
    previous = EarlierSplit(split.previous, split.split_by) if split.previous else None
    rules = Rules(
        plan.text_rules,
        Alphabet(plan.alphabet).lookup_str2int if plan.alphabet is not None else None,
        document_expression(plan.documents) if plan.documents is not None else None,
        plan.is_copying,
    )
    found = _read(origin)
    unfinished = start_folder(output_dir)
    maker, reasons = LineMaker(rules, output_dir, unfinished), Reasons()
    with LineFile(unfinished / _LINES_FILE) as lines:
        with RejectedFile(unfinished / REJECTED_CSV) as rejected:
            for result in maker.make(found):
                _take(result, lines, rejected, reasons)
                on_progress(lines.n_lines, reasons.n_rejected)
        _check_found(origin, plan, lines, reasons, unfinished / REJECTED_CSV)
        assignment = Assignment(split, lines, previous)
        splits = write_splits(unfinished, lines, assignment)
    write_alphabet(unfinished, splits, plan.alphabet)
    record = _record(origin, plan, splits, reasons.n_rejected, lines.longest)
    write_record(unfinished, record)
    finish_folder(unfinished)
    return Imported(
        output_dir, splits, reasons, maker.unknown_units,
        assignment, lines.longest, record,
    )  # fmt: skip


def _read(origin: Origin) -> Iterator[Sample | Rejection]:
    if origin.form not in IMPORTERS:
        raise DataError(f"format {origin.form!r}: none of {', '.join(IMPORTERS)}.")
    for source in origin.sources:
        if not source.exists():
            raise DataError(f"{source}: does not exist. Check the path.")
    read = IMPORTERS[origin.form].read
    return (item for source in origin.sources for item in read(source, **origin.options))


def _take(
    result: Line | Rejection, lines: LineFile, rejected: RejectedFile, reasons: Reasons
) -> None:
    if isinstance(result, Rejection):
        rejected.add(result)
        reasons.add(result)
    else:
        lines.add(result)


def _check_found(
    origin: Origin, plan: ImportPlan, lines: LineFile, reasons: Reasons, rejected_csv: Path
) -> None:
    named = ", ".join(map(str, origin.sources))
    if not lines.n_lines:
        listed = f"\nAll are listed in {rejected_csv}." if reasons.n_rejected else ""
        why = str(reasons) or "  Nothing of this format was found. Check path and format."
        raise DataError(f"{named}: no usable line among {reasons.n_rejected:,}.\n{why}{listed}")
    if plan.documents is not None and not lines.n_in_documents:
        first = next(iter(lines))
        raise DataError(
            f"documents: {plan.documents!r} is found in no path of the lines, such as "
            f"{first.path} ({first.name}). Give a regular expression whose first group is the "
            "document, as 'page_([0-9]+)'."
        )


def _record(
    origin: Origin,
    plan: ImportPlan,
    splits: Mapping[str, SplitWritten],
    n_rejected: int,
    longest: int,
) -> dict[str, Any]:
    split = plan.split
    return {
        "tf_crnn": __version__,
        "date": datetime.now().astimezone().isoformat(timespec="seconds"),
        "format": origin.form,
        "sources": [str(source.resolve()) for source in origin.sources],
        "options": dict(origin.options),
        "split": {
            **split.shares._asdict(),
            "split_by": split.split_by,
            "documents": plan.documents,
            "stratify": split.stratify,
            "previous": str(split.previous.resolve()) if split.previous is not None else None,
        },
        "alphabet": str(plan.alphabet.resolve()) if plan.alphabet is not None else None,
        **plan.text_rules.to_dict(),
        "n_lines": {**{name: written.n_lines for name, written in splits.items()}},
        "n_rejected": n_rejected,
        "n_documents": {name: len(written.documents) for name, written in splits.items()},
        "longest_label": longest,
        "units": {name: _by_unit(written.units) for name, written in splits.items()},
        "fingerprint": {name: dict(w.fingerprint) for name, w in splits.items() if w.n_lines},
    }


def _by_unit(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))

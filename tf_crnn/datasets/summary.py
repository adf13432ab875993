"""What was imported or split, in sentences; and the lines for the configuration."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator

from tf_crnn.datasets.assignment import SPLIT_CSV
from tf_crnn.datasets.importing import Imported
from tf_crnn.datasets.label_units import code_points
from tf_crnn.datasets.writing import ALPHABET_JSON
from tf_crnn.importers.sample import SPLITS
from tf_crnn.rejections import REJECTED_CSV
from tf_crnn.text_rules import TextRules

_UNITS_SHOWN = 20


def summarise(imported: Imported) -> str:
    """Lines and documents of each split, what was rejected and why, and what to look at."""
    text = "\n".join([*_counts(imported), *_rejected(imported), *_warnings(imported)])
    return text.encode("utf-8", "backslashreplace").decode()


def configuration(imported: Imported) -> str:
    """The keys for a training's configuration, JSON without the braces around it."""
    folder, rules = imported.folder, TextRules().to_dict()
    values = {
        "csv_files_train": str(folder / SPLIT_CSV.format("train")),
        "csv_files_eval": str(folder / SPLIT_CSV.format("val")),
        "lookup_alphabet_file": str(folder / ALPHABET_JSON),
        "max_chars_per_string": imported.longest,
        **{key: imported.record[key] for key in rules if imported.record[key] != rules[key]},
    }
    for split, key in (("train", "csv_files_train"), ("val", "csv_files_eval")):
        if not imported.splits[split].n_lines:
            del values[key]
    if not (folder / ALPHABET_JSON).exists():
        del values["lookup_alphabet_file"]
    return ",\n".join(f'  "{k}": {json.dumps(v, ensure_ascii=False)}' for k, v in values.items())


def _counts(imported: Imported) -> Iterator[str]:
    total = sum(written.n_lines for written in imported.splits.values())
    for split in SPLITS:
        written = imported.splits[split]
        if not written.n_lines:
            continue
        documents = f" of {_numbered(len(written.documents), 'document')}"
        yield (
            f"{imported.folder / SPLIT_CSV.format(split)}: {_numbered(written.n_lines, 'line')}"
            f"{documents if written.documents else ''} ({written.n_lines / total:.1%})"
        )
    assignment = imported.assignment
    for number, what in (
        (assignment.n_kept, "stay where the earlier split put them"),
        (assignment.n_named, "are in the split that the source names"),
        (assignment.n_moved, "moved to train for their rare units"),
    ):
        if number:
            yield f"{_numbered(number, 'line')} {what}"


def _rejected(imported: Imported) -> Iterator[str]:
    if imported.reasons.n_rejected:
        n_rejected = _numbered(imported.reasons.n_rejected, "line")
        yield f"rejected {n_rejected}, all in {imported.folder / REJECTED_CSV}:"
        yield str(imported.reasons)
    if imported.unknown_units:
        yield f"units that the alphabet lacks: {_listed(imported.unknown_units)}"


def _warnings(imported: Imported) -> Iterator[str]:
    wanted = imported.record["split"]
    for split, share in (("val", wanted["val"]), ("test", wanted["test"])):
        if share and not imported.splits[split].n_lines:
            yield (
                f"warning: {split} got no line, since whole documents or lines are drawn. Try "
                f"another --seed, a greater --{split}, or --split_by line."
            )
    trained = imported.splits["train"].units
    if not trained:
        remedy = "another --seed, or --split_by line"
        if imported.assignment.n_named:
            remedy = "--split_by document, which draws splits whatever the source says"
        yield f"warning: train got no line. Try {remedy}."
        return
    others = imported.splits["val"].units + imported.splits["test"].units
    untrained = Counter({unit: n for unit, n in others.items() if unit not in trained})
    if untrained:
        yield (
            f"warning: units that only val or test has, and no training can learn: "
            f"{_listed(untrained)}. With --stratify such lines are put into train."
        )


def _listed(counts: Counter[str]) -> str:
    named = [f"{unit!r} ({code_points(unit)}, {n:,}x)" for unit, n in _by_count(counts)]
    more = f" and {len(named) - _UNITS_SHOWN:,} more" * (len(named) > _UNITS_SHOWN)
    return ", ".join(named[:_UNITS_SHOWN]) + more


def _by_count(counts: Counter[str]) -> Iterable[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _numbered(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"

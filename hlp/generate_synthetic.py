"""Write a data set of synthetic text lines: images, CSVs and the alphabet.

Examples:
    python hlp/generate_synthetic.py --output_dir data/synthetic --n_train 1000 --n_val 200
    python hlp/generate_synthetic.py --from-model runs/first --csv train.csv --output_dir pieces
"""

import hashlib
import json
import logging
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, fields
from pathlib import Path
from typing import Any

import click
import cv2
import numpy as np
import PIL
from click.core import ParameterSource

import tf_crnn
from tf_crnn import synthesis
from tf_crnn.alphabet import Alphabet, count_units
from tf_crnn.errors import CrnnError, DataError
from tf_crnn.samples import format_row
from tf_crnn.stamped import new_folder
from tf_crnn.synthesis import BUILTIN_FONTS, MIN_HEIGHT_PX, Font, GreyImage
from tf_crnn.synthesis.bank import PieceBank
from tf_crnn.synthesis.degrading import Degradations, degrade
from tf_crnn.synthesis.drawn_texts import (
    TextSource,
    WordCount,
    of_arithmetic,
    of_corpus,
    of_labels,
    of_words,
)
from tf_crnn.synthesis.stitched_set import StitchedSet, write_stitched_set

STRENGTH = click.FloatRange(0, 1)
FROM_MODEL_HELP = "Run folder: cut real lines into their units, and stitch new ones of them."
STITCHING = ("model_dir", "csv_files", "min_log_prob", "min_chars", "max_chars")
# What stitching takes of the options of drawing.
STITCHING_TOO = {"n_train", "seed", "corpus", "height"}
DEFAULT_MAX_CHARS = 60
FONTS_HELP = "A.ttf,B.otf,folder, builtin or system."
RECORD_FILE = "generator.json"
# The images hold 16 grey levels; a filter would only spread them.
PNG_OPTIONS = (cv2.IMWRITE_PNG_COMPRESSION, 9, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_NONE)


@dataclass(frozen=True)
class Options:
    """What makes a data set what it is, as on the command line."""

    n_train: int
    n_val: int
    n_test: int
    words: Path | None
    fonts: str
    kind: str
    height: int
    min_words: int
    max_words: int
    seed: int
    corpus: Path | None = None
    markov: Path | None = None
    paper: float = 0.0
    bleed: float = 0.0
    slant: float = 0.0
    strike: float = 0.0
    jpeg: float = 0.0
    perspective: float = 0.0

    @property
    def degradations(self) -> Degradations:
        """The strengths of what is done to drawn lines."""
        return Degradations(**{name: getattr(self, name) for name in Degradations._fields})

    @property
    def font_names(self) -> list[str]:
        """The fonts, parted at commas."""
        return [name.strip() for name in self.fonts.split(",") if name.strip()]


@click.command(help=__doc__.splitlines()[0])
@click.option("--output_dir", type=click.Path(path_type=Path, file_okay=False), required=True)
@click.option("--n_train", type=click.IntRange(min=1), default=1000, show_default=True)
@click.option("--n_val", type=click.IntRange(min=0), default=200, show_default=True)
@click.option("--n_test", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--words", type=click.Path(path_type=Path), help="One word a line; else English.")
@click.option("--fonts", default=BUILTIN_FONTS, show_default=True, help=FONTS_HELP)
@click.option("--kind", type=click.Choice(["words", "arithmetic"]), default="words")
@click.option(
    "--height",
    type=click.IntRange(min=MIN_HEIGHT_PX),
    default=32,
    show_default="32; with --from-model that of the model",
    help="Of the lines and pieces, in pixels.",
)
@click.option("--min_words", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--max_words", type=click.IntRange(min=1), default=4, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--from-model", "model_dir", type=click.Path(path_type=Path), help=FROM_MODEL_HELP)
@click.option(
    "--csv",
    "csv_files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Lines to cut, with --from-model; may be given several times.",
)
@click.option(
    "--min_log_prob",
    type=float,
    default=-1.5,
    show_default=True,
    help="Lines whose label is less probable, in nats for each unit, are left out.",
)
@click.option("--corpus", type=click.Path(path_type=Path), help="UTF-8 text to draw or stitch.")
@click.option("--markov", type=click.Path(path_type=Path), help="CSV whose labels are varied.")
@click.option("--paper", type=STRENGTH, default=0.0, help="Stains and fibres, 0 to 1.")
@click.option("--bleed", type=STRENGTH, default=0.0, help="Ink that runs, 0 to 1.")
@click.option("--slant", type=STRENGTH, default=0.0, help="Letters that lean, 0 to 1.")
@click.option("--strike", type=STRENGTH, default=0.0, help="Share of lines with a stroke through.")
@click.option("--jpeg", type=STRENGTH, default=0.0, help="Artefacts of JPEG, 0 to 1.")
@click.option("--perspective", type=STRENGTH, default=0.0, help="Corners that move, 0 to 1.")
@click.option("--min_chars", type=click.IntRange(min=1), help="Least units of a stitched line.")
@click.option("--max_chars", type=click.IntRange(min=1), help="Most units of a stitched line.")
@click.pass_context
def main(context: click.Context, output_dir: Path, **options: Any) -> None:
    """Check the options, then generate."""
    stitching = {name: options.pop(name) for name in STITCHING}
    given = {name for name in context.params if _is_given(context, name)}
    if stitching["model_dir"]:
        _refuse(given & (set(options) - STITCHING_TOO), "with --from-model")
        stitching["n_train"] = options["n_train"] if "n_train" in given else 0
        stitching["height"] = options["height"] if "height" in given else None
        stitching |= {name: options[name] for name in ("seed", "corpus")}
        _report_errors(stitch, output_dir.resolve(), **stitching)
        return
    _refuse(given & set(STITCHING), "without --from-model")
    chosen = Options(**options)
    if chosen.min_words > chosen.max_words:
        raise click.UsageError("--min_words is above --max_words.")
    texts = [f"--{name}" for name in ("words", "corpus", "markov") if options[name]]
    if chosen.kind == "arithmetic" and texts:
        raise click.UsageError(f"{texts[0]} has no effect with --kind arithmetic. Leave one out.")
    if len(texts) > 1:
        raise click.UsageError(f"{' and '.join(texts)}: only one of them can say what is drawn.")
    _report_errors(generate, output_dir.resolve(), chosen)


def _is_given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) == ParameterSource.COMMANDLINE


def _refuse(names: Collection[str], when: str) -> None:
    if names:
        options = ", ".join(
            "--csv" if name == "csv_files" else f"--{name}" for name in sorted(names)
        )
        raise click.UsageError(f"{options}: without effect {when}. Leave it out.")


def _report_errors(make: Callable[..., None], *arguments: Any, **options: Any) -> None:
    try:
        make(*arguments, **options)
    except (CrnnError, OSError) as error:
        raise click.ClickException(str(error)) from error


def stitch(
    output_dir: Path,
    *,
    model_dir: Path,
    csv_files: Sequence[Path],
    min_log_prob: float,
    height: int | None,
    n_train: int,
    corpus: Path | None,
    min_chars: int | None,
    max_chars: int | None,
    seed: int,
) -> None:
    """Cut lines into pieces, and stitch new ones of them if asked.

    Raises:
        CrnnError: a model, CSV or corpus cannot be used, or the folder holds something.
    """
    # Only here: TensorFlow takes seconds to load.
    from tf_crnn.loader import PredictionModel
    from tf_crnn.synthesis.bank_making import make_bank

    if not csv_files:
        raise DataError("--from-model: name the lines to cut with --csv train.csv.")
    if (min_chars or 1) > (max_chars or math.inf):
        raise DataError("--min_chars is above --max_chars.")
    if output_dir.exists() and (not output_dir.is_dir() or any(output_dir.iterdir())):
        raise DataError(f"{output_dir}: is not empty. Name another --output_dir, or empty it.")
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    model = PredictionModel(model_dir)
    with new_folder(output_dir) as folder:
        counts = make_bank(
            model, list(csv_files), folder, min_log_prob=min_log_prob, height_px=height
        )
        model.alphabet.save(folder / "alphabet.json")
        if n_train:
            longest = max_chars or max(min_chars or 0, DEFAULT_MAX_CHARS)
            shortest = (min_chars or 1) if min_chars or max_chars else 0
            wanted = StitchedSet(n_train, corpus, shortest, longest, seed, model.text_rules)
            write_stitched_set(folder, PieceBank(folder), wanted)
    click.echo(
        f"{output_dir}: pieces of {counts.n_cut:,} lines, {counts.n_left_out:,} left out "
        f"(left_out.csv), {n_train:,} lines stitched"
    )


def generate(output_dir: Path, options: Options) -> None:
    """Write the data set, all of it or nothing.

    Raises:
        DataError: an option cannot be met, or the folder holds something else.
    """
    source = make_source(options)
    record = make_record(options, source)
    if holds_same(output_dir, record):
        click.echo(f"{output_dir}: holds this data set already; nothing to do.")
        return
    text_rng, *image_rngs = np.random.default_rng(options.seed).spawn(4)
    splits = draw_splits(source, options, text_rng)
    with new_folder(output_dir) as folder:
        (folder / "images").mkdir()
        for (split, texts), rng in zip(splits.items(), image_rngs, strict=True):
            line_images = render_all(texts, source.fonts, options, rng)
            write_split(folder, split, texts, line_images)
        alphabet = Alphabet.from_units(sorted(count_units(folder / "train.csv")))
        alphabet.save(folder / "alphabet.json")
        write_record(folder, record)
    report(output_dir, splits, alphabet.unknown_units(source.characters))


def make_source(options: Options) -> TextSource:
    """The texts that the options ask for.

    Raises:
        DataError: a font, a text or a list of words cannot be used.
    """
    fonts = synthesis.load_fonts(options.font_names)
    count = WordCount(options.min_words, options.max_words)
    if options.kind == "arithmetic":
        return of_arithmetic(fonts)
    if options.corpus:
        return of_corpus(options.corpus, count, fonts)
    if options.markov:
        return of_labels(options.markov, count, fonts)
    return of_words(synthesis.load_words(options.words), count, fonts)


def draw_splits(
    source: TextSource, options: Options, rng: np.random.Generator
) -> dict[str, list[str]]:
    """The texts of each split.

    No text of val or test is in train or occurs twice, and none holds a character that train lacks.

    Raises:
        DataError: the source has too few texts for that.
    """
    n_held_out = options.n_val + options.n_test
    held_out: dict[str, None] = {}
    for _ in range(n_held_out):
        held_out[source.draw(rng, avoid=held_out)] = None
    train = [source.draw(rng, avoid=held_out) for _ in range(options.n_train)]

    known, seen = "".join(sorted(set("".join(train)))), set(train)
    kept = [text for text in held_out if set(text) <= set(known)]
    seen.update(kept)
    while len(kept) < n_held_out:
        kept.append(source.draw(rng, avoid=seen, within=known))
        seen.add(kept[-1])
    return {"train": train, "val": kept[: options.n_val], "test": kept[options.n_val :]}


def render_all(
    texts: Iterable[str], fonts: Sequence[Font], options: Options, rng: np.random.Generator
) -> Iterator[GreyImage]:
    """A line image (height, W) of each text."""
    for text in texts:
        font = synthesis.choose_font(text, fonts, rng)
        line = synthesis.render_line(text, font, height_px=options.height, rng=rng)
        yield degrade(line, options.degradations, rng)


def write_split(
    folder: Path, split: str, texts: Iterable[str], line_images: Iterable[GreyImage]
) -> None:
    """Write the images of a split and its CSV; nothing without texts."""
    rows = []
    for number, (text, line_image) in enumerate(zip(texts, line_images, strict=True), start=1):
        image_path = f"images/{split}_{number:06d}.png"
        _, encoded = cv2.imencode(".png", line_image, PNG_OPTIONS)
        (folder / image_path).write_bytes(encoded.tobytes())
        rows.append(format_row(image_path, text))
    if rows:
        (folder / f"{split}.csv").write_text("".join(rows), encoding="utf-8", newline="\n")


def make_record(options: Options, source: TextSource) -> dict[str, Any]:
    """What the bytes of the data set depend on: options, content of the files named, versions.

    Of the options that came later than others, those that are used.
    """
    words = synthesis.load_words(options.words) if options.kind == "words" else []
    later = {field.name for field in fields(Options) if field.default is not MISSING}
    values = asdict(options)
    unused = {name for name in later if not values[name]}
    texts = {name: values[name] for name in ("corpus", "markov") if values[name]}
    return {name: value for name, value in values.items() if name not in unused} | {
        "words": _sha256("\n".join(words).encode()),
        "fonts": [Path(name).name for name in options.font_names],
        "font_files": [_sha256(font.path.read_bytes()) for font in source.fonts if font.path],
        **{name: _sha256(path.read_bytes()) for name, path in texts.items()},
        "tf_crnn": tf_crnn.__version__,
        "numpy": np.__version__,
        "opencv": cv2.__version__,
        "pillow": PIL.__version__,
    }


def write_record(folder: Path, record: Mapping[str, Any]) -> None:
    """Write `generator.json`: the record, and a digest of all other files."""
    text = json.dumps({**record, "content": _digest(folder)}, ensure_ascii=False, indent=2)
    (folder / RECORD_FILE).write_text(text + "\n", encoding="utf-8", newline="\n")


def holds_same(output_dir: Path, record: Mapping[str, Any]) -> bool:
    """Whether the folder holds what this command makes; false if it is absent or empty.

    Raises:
        DataError: it holds something else.
    """
    if not output_dir.is_dir() or not any(output_dir.iterdir()):
        return False
    difference = _difference(output_dir, record)
    if difference:
        raise DataError(
            f"{output_dir}: is not empty and {difference}. Name another --output_dir, or empty it."
        )
    return True


def report(output_dir: Path, splits: Mapping[str, Sequence[str]], unused: Sequence[str]) -> None:
    """Say what was written, and which characters of the generator no line holds."""
    listed = ", ".join(f"{len(texts):,} {split}" for split, texts in splits.items() if texts)
    click.echo(f"{output_dir}: {listed} lines")
    if unused:
        click.echo(f"note: no line holds {unused}; nor does the alphabet.", err=True)


def _difference(output_dir: Path, record: Mapping[str, Any]) -> str:
    try:
        found = json.loads((output_dir / RECORD_FILE).read_text(encoding="utf-8"))
        content = found["content"]
    except (OSError, ValueError, TypeError, KeyError):
        return f"has no {RECORD_FILE} of this command"
    changed = [name for name in record if found.get(name) != json.loads(json.dumps(record[name]))]
    if changed:
        was = ", ".join(f"{name} {found.get(name)} instead of {record[name]}" for name in changed)
        return f"was made otherwise ({was})"
    return "" if content == _digest(output_dir) else "its files have been changed since"


def _digest(folder: Path) -> str:
    paths = sorted(
        path for path in folder.rglob("*") if path.is_file() and path.name != RECORD_FILE
    )
    lines = (
        f"{path.relative_to(folder).as_posix()} {_sha256(path.read_bytes())}" for path in paths
    )
    return _sha256("\n".join(lines).encode())


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    main()

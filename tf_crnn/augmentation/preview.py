"""Some lines as they are and as augmentation changes them, to choose its strengths by eye."""

import logging
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tf_crnn.augmentation import AUGMENTATIONS, COLOUR_ONLY
from tf_crnn.augmentation.line import Dose, Doses, change_line, doses_of, draw_strengths
from tf_crnn.augmentation.paper import LineImage
from tf_crnn.augmentation.warp import Fit
from tf_crnn.config import Params
from tf_crnn.errors import ConfigError, DataError, LineImageError
from tf_crnn.images import IMAGE_SUFFIXES, as_line_image, prepare_line
from tf_crnn.line_index import Geometry
from tf_crnn.packs.lines import read_line_image
from tf_crnn.preprocessing import needed_time_steps
from tf_crnn.reports.variant_sheet import LineVariants, Variant
from tf_crnn.samples import Row, as_paths, read_rows, resolve_image_path
from tf_crnn.text import split_units

logger = logging.getLogger(__name__)


# Images of which as many cannot be read are not looked for any further.
_MOST_UNREADABLE = 20


class Showing(NamedTuple):
    """What is shown of each line.

    Attributes:
        times: how many variants with all augmentations together, or of each alone.
        each: every augmentation alone, on each variant.
        strength: of those that have one from 0 to 1, also where the configuration has none; that of
            the configuration if None.
    """

    times: int = 4
    each: bool = False
    strength: float | None = None


class _Labelled(NamedTuple):
    """A row, and the folder of its CSV."""

    folder: Path
    row: Row


def preview_lines(
    csv_files: Sequence[str], params: Params, *, showing: Showing, n_lines: int = 4, seed: int = 42
) -> list[LineVariants]:
    """Lines drawn from CSVs, each as a training would get it, plain and changed.

    Args:
        csv_files: to draw from, CSVs, packs and single images; labels may be missing.
        params: shape of the lines and strengths of the augmentation.
        showing: which variants.
        n_lines: how many lines, fewer where there are no more.
        seed: of the choice and of the changes.

    Raises:
        ConfigError: no augmentation is on.
        DataError: a CSV or a row cannot be read, there are no rows, or none of the images that
            were tried can be read.
    """
    doses = _doses(params, showing)
    rows = list(_rows(csv_files, params))
    if not rows:
        raise DataError(f"{', '.join(csv_files)}: no rows. Name a CSV with path;label in each row.")
    order = np.random.default_rng(seed).permutation(len(rows))[: n_lines + _MOST_UNREADABLE]
    shown: list[LineVariants] = []
    for number in order:
        if len(shown) < n_lines and (image := _read(rows[number], params)) is not None:
            variants = _variants(
                image,
                doses,
                showing=showing,
                rng=np.random.default_rng((seed, int(number))),
                fit=_fit(rows[number], params),
            )
            plain = Variant("as it is", image)
            shown.append(LineVariants(_title(rows[number], params), [plain, *variants]))
    if not shown:
        raise DataError(
            f"{', '.join(csv_files)}: none of the {len(order):,} images that were tried can be "
            "read. Paths are looked up beside the CSV, then in the working directory."
        )
    return shown


def describe_doses(params: Params, showing: Showing) -> list[str]:
    """What the variants get, in sentences: names, greatest strengths, shares of the lines."""
    doses = _doses(params, showing)
    certain = [f"{name} {dose.strength:g}" for name, dose in doses.items() if dose.probability >= 1]
    others = [
        f"{name} {dose.strength:g} ({dose.probability:.0%})"
        for name, dose in doses.items()
        if dose.probability < 1
    ]
    if showing.each:
        return [f"Each alone, up to: {', '.join(certain)}"]
    notes = (("All lines, up to", certain), ("Share of the lines", others))
    return [f"{words}: {', '.join(names)}" for words, names in notes if names]


def _doses(params: Params, showing: Showing) -> dict[str, Dose]:
    """Those of the configuration that a line can show; alone, each for certain."""
    doses = doses_of(params.to_dict())
    if params.input_channels == 1:
        doses = {name: dose for name, dose in doses.items() if name not in COLOUR_ONLY}
    if not showing.each:
        return _refuse_none(doses, params)
    alone = {name: Dose(dose.strength) for name, dose in doses.items()}
    if showing.strength is not None:
        # Those without a probability of their own are in other units.
        alone |= {
            name: Dose(showing.strength) for name, e in AUGMENTATIONS.items() if e.probability_key
        }
    return _refuse_none({name: alone[name] for name in AUGMENTATIONS if name in alone}, params)


def _refuse_none(doses: dict[str, Dose], params: Params) -> dict[str, Dose]:
    if not doses:
        raise ConfigError("no augmentation has a strength above 0: there is nothing to preview.")
    if not params.data_augmentation:
        raise ConfigError("data_augmentation is false: a training would change no line.")
    return doses


def _rows(csv_files: Sequence[str], params: Params) -> Iterator[_Labelled]:
    """Every row of the CSVs; an image stands for itself."""
    for path in as_paths(csv_files):
        folder = path.resolve().parent
        if path.suffix.lower() in IMAGE_SUFFIXES:
            yield _Labelled(folder, Row(1, path.name, None))
            continue
        for row in read_rows(path, params.csv_delimiter, params.string_split_delimiter):
            if row.problem:
                raise DataError(f"{path}, row {row.number}: {row.problem}.")
            yield _Labelled(folder, row)


def _read(line: _Labelled, params: Params) -> LineImage | None:
    """The line as a training gets it before it is changed; None, and a warning, if it cannot be."""
    path = resolve_image_path(line.row.image_path, line.folder)
    try:
        image = read_line_image(path, straight=params.straighten_lines)
        image = as_line_image(image, params.input_channels)
    except LineImageError as error:
        logger.warning("left out: %s", error)
        return None
    return prepare_line(image, params.input_shape, params.downscale_factor)


def _fit(line: _Labelled, params: Params) -> Fit:
    """The rule for widths of a training; a label that cannot be split makes no demand."""
    geometry = Geometry.of(params)
    try:
        units = split_units(line.row.label or "", params.string_split_delimiter)
    except ValueError:
        units = []
    return partial(geometry.fitting_px, needed_time_steps(units) * geometry.downscale)


def _variants(
    image: LineImage, doses: Doses, *, showing: Showing, rng: np.random.Generator, fit: Fit
) -> Iterator[Variant]:
    sets = [{name: dose} for name, dose in doses.items()] if showing.each else [doses]
    for chosen in sets:
        for _ in range(showing.times):
            strengths = draw_strengths(chosen, rng)
            caption = ", ".join(name for name in strengths if _is_told(name, showing))
            yield Variant(
                caption or "only what all lines get", change_line(image, strengths, rng, fit=fit)
            )


def _is_told(name: str, showing: Showing) -> bool:
    """Whether it stands above a variant: what all of them get is said once."""
    return showing.each or AUGMENTATIONS[name].probability_key is not None


def _title(line: _Labelled, params: Params) -> str:
    try:
        text = "".join(split_units(line.row.label or "", params.string_split_delimiter))
    except ValueError:
        text = line.row.label or ""
    return f"{Path(line.row.image_path).name}   {text}"

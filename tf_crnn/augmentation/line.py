"""A training line with all its random changes."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tf_crnn.augmentation import AUGMENTATIONS
from tf_crnn.augmentation.fields import DrawField, Field, Lattice
from tf_crnn.augmentation.matrices import scale_factor, stretch_factor
from tf_crnn.augmentation.paper import LineImage
from tf_crnn.augmentation.tones import apply_tones
from tf_crnn.augmentation.warp import Fit, warp_line


class Dose(NamedTuple):
    """How much of an augmentation lines get.

    Attributes:
        strength: the greatest; each line's own is drawn up to it. In the unit of its key.
        probability: share of the lines that get it.
    """

    strength: float
    probability: float = 1.0


class Sizes(NamedTuple):
    """Factors of a line's size, drawn before lines are put together so that widths are known.

    Attributes:
        stretch: of the width.
        scale: of width and height.
    """

    stretch: float = 1.0
    scale: float = 1.0


_UNCHANGED = Sizes()

# By name of `AUGMENTATIONS`; those that are not named are off.
Doses = Mapping[str, Dose]


def doses_of(values: Mapping[str, Any]) -> dict[str, Dose]:
    """The augmentations that a configuration turns on; `values` holds every key of `Params`."""
    doses = {
        name: Dose(
            values[entry.key],
            values[entry.probability_key] if entry.probability_key else 1.0,
        )
        for name, entry in AUGMENTATIONS.items()
    }
    return {name: dose for name, dose in doses.items() if dose.strength and dose.probability}


def augment_line(
    image: LineImage,
    doses: Doses,
    rng: np.random.Generator,
    *,
    sizes: Sizes | None = None,
    fit: Fit | None = None,
) -> LineImage:
    """All augmentations, each with its own random strength.

    Args:
        image: (H, W, C).
        doses: of each.
        rng: source of all randomness.
        sizes: stretch and scale, drawn already; from `rng` without.
        fit: the final width from the one that cuts nothing off, both in pixels; that one without.

    Returns:
        (H, W', C).

    Raises:
        ValueError: a dose of something that is no augmentation.
    """
    strengths = draw_strengths(doses, rng)
    if sizes is not None:
        strengths = {name: strengths[name] for name in strengths if name not in Sizes._fields}
    return change_line(image, strengths, rng, sizes=sizes or _UNCHANGED, fit=fit)


def draw_sizes(doses: Doses, n_lines: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Stretch and scale of some lines, (n_lines, 2): the factors of `Sizes`."""
    stretch, scale = (doses.get(name, Dose(0.0)) for name in Sizes._fields)
    stretches = stretch_factor(stretch.strength, rng.uniform(-1, 1, n_lines))
    scales = scale_factor(scale.strength, rng.uniform(-1, 1, n_lines))
    is_scaled = rng.uniform(0, 1, n_lines) < scale.probability
    return np.stack([stretches, np.where(is_scaled, scales, 1.0)], axis=1)


def draw_strengths(doses: Doses, rng: np.random.Generator) -> dict[str, float]:
    """The greatest strengths of what one line gets, in the order of application.

    Raises:
        ValueError: a dose of something that is no augmentation.
    """
    if unknown := doses.keys() - AUGMENTATIONS.keys():
        raise ValueError(f"no augmentations: {sorted(unknown)}; known: {[*AUGMENTATIONS]}")
    return {
        name: doses[name].strength
        for name in AUGMENTATIONS
        if name in doses
        and doses[name].strength
        and (doses[name].probability >= 1 or rng.random() < doses[name].probability)
    }


def change_line(
    image: LineImage,
    strengths: Mapping[str, float],
    rng: np.random.Generator,
    *,
    sizes: Sizes = _UNCHANGED,
    fit: Fit | None = None,
) -> LineImage:
    """The changes that were drawn for one line, see `augment_line`."""
    entries = [(AUGMENTATIONS[name], strength) for name, strength in strengths.items()]
    for entry, strength in entries:
        if entry.on_paper:
            image = entry.on_paper(image, strength, rng)
    matrix = np.diag([sizes.stretch * sizes.scale, sizes.scale, 1.0])
    for entry, strength in entries:
        if entry.matrix:
            height, width = image.shape[:2]
            matrix = entry.matrix((height, width), strength, rng) @ matrix
    bends = [(entry.field, strength) for entry, strength in entries if entry.field]
    draw_field = partial(_draw_fields, bends, rng) if bends else None
    image = warp_line(image, matrix, draw_field=draw_field, fit=fit or _same)
    image = apply_tones(image, [(e.tone, strength) for e, strength in entries if e.tone], rng)
    for entry, strength in entries:
        if entry.on_picture:
            image = entry.on_picture(image, strength, rng)
    return image


def _draw_fields(
    bends: Sequence[tuple[DrawField, float]], rng: np.random.Generator, lattice: Lattice
) -> Field:
    field = np.zeros((*lattice.shape, 2), dtype=np.float32)
    for draw, strength in bends:
        field += draw(lattice, strength, rng)
    return field


def _same(width_px: int) -> int:
    return width_px

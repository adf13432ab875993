"""A training line with all its random changes."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from tf_crnn.augmentation import AUGMENTATIONS
from tf_crnn.augmentation.fields import DrawField, Field, Lattice
from tf_crnn.augmentation.matrices import widen
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
    width_change: float | None = None,
    fit: Fit | None = None,
) -> LineImage:
    """All augmentations, each with its own random strength.

    Args:
        image: (H, W, C).
        doses: of each.
        rng: source of all randomness.
        width_change: share of the width to stretch by, drawn already; from `rng` without.
        fit: the final width from the one that cuts nothing off, both in pixels; that one without.

    Returns:
        (H, W', C).

    Raises:
        ValueError: a dose of something that is no augmentation.
    """
    strengths = draw_strengths(doses, rng)
    if width_change is not None:
        strengths.pop("stretch", None)
    return change_line(image, strengths, rng, width_change=width_change or 0.0, fit=fit)


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
    width_change: float = 0.0,
    fit: Fit | None = None,
) -> LineImage:
    """The changes that were drawn for one line, see `augment_line`."""
    entries = [(AUGMENTATIONS[name], strength) for name, strength in strengths.items()]
    for entry, strength in entries:
        if entry.on_paper:
            image = entry.on_paper(image, strength, rng)
    matrix = widen(width_change)
    for entry, strength in entries:
        if entry.matrix:
            height, width = image.shape[:2]
            matrix = entry.matrix((height, width), strength, rng) @ matrix
    bends = [(entry.field, strength) for entry, strength in entries if entry.field]
    draw_field = partial(_draw_fields, bends, rng) if bends else None
    image = warp_line(image, matrix, draw_field, fit or _same)
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

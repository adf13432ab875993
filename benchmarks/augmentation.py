"""Lines per second of one core: each augmentation at full strength, and mixes of them.

    python benchmarks/augmentation.py

A line of text of 64 x 1000 pixels is drawn. Processor time is counted, so that what else the
machine does matters less; the best of some rounds is told. `mixes` are the presets `handwriting`
and `print`, `batch` is what becomes of the changed line afterwards.
"""

import time
from collections.abc import Callable

import click
import numpy as np
from _common import write_result

from tf_crnn.augmentation import AUGMENTATIONS
from tf_crnn.augmentation.line import Dose, Doses, augment_line, doses_of
from tf_crnn.augmentation.paper import LineImage
from tf_crnn.config import Params
from tf_crnn.images import stack_lines, standardise
from tf_crnn.presets import read_preset
from tf_crnn.synthesis import load_fonts, render_line

HEIGHT_PX, WIDTH_PX = 64, 1000
# The others are strengths from 0 to 1.
FULL = {
    "rotation": 0.05, "slant": 0.7, "stretch": 0.3, "contrast": 0.5, "brightness": 0.2, "hue": 0.2,
    "saturation": 0.5,
}  # fmt: skip


@click.command()
@click.option("--lines", default=100, show_default=True, help="In a round.")
@click.option("--rounds", default=9, show_default=True)
def main(lines: int, rounds: int) -> None:
    """Measure, print and keep the result."""
    image = draw_text()

    def rate(change: Callable[[np.random.Generator], object]) -> int:
        return round(lines / min(seconds(change, lines) for _ in range(rounds)))

    def augmenting(line: LineImage, doses: Doses) -> Callable[[np.random.Generator], object]:
        return lambda rng: augment_line(line, doses, rng)

    colour = np.repeat(image, 3, axis=2)
    alone = {}
    for name in AUGMENTATIONS:
        line = colour if name in ("hue", "saturation") else image
        alone[name] = rate(augmenting(line, {name: Dose(FULL.get(name, 1.0))}))
    standardised = [standardise(image)] * 16
    result = {
        "line": f"{HEIGHT_PX} x {WIDTH_PX} px, grey; hue and saturation in colour",
        "lines_per_core_second": {
            "mixes": {
                **{name: rate(augmenting(image, doses)) for name, doses in mixes().items()},
                "all": rate(augmenting(image, {n: Dose(FULL.get(n, 1.0)) for n in AUGMENTATIONS})),
            },
            "alone": alone,
            "batch": {
                "standardise": rate(lambda _rng: standardise(image)),
                "stack of 16": 16 * rate(lambda _rng: stack_lines(standardised, 4)),
            },
        },
    }
    write_result("augmentation", result)


def mixes() -> dict[str, dict[str, Dose]]:
    """The doses of the default configuration and of the preset for each kind of text."""
    found = {name: Params(**read_preset(name)) for name in ("handwriting", "print")}
    return {name: doses_of(p.to_dict()) for name, p in {"default": Params(), **found}.items()}


def draw_text() -> LineImage:
    """Black text on white, as wide as it is asked for."""
    text = "The quick brown fox jumps over the lazy dog, and what he finds there is not known. "
    rng = np.random.default_rng(1)
    drawn = render_line(text * 2, load_fonts()[0], height_px=HEIGHT_PX, rng=rng)
    return np.ascontiguousarray(drawn[:, :WIDTH_PX, None])


def seconds(change: Callable[[np.random.Generator], object], lines: int) -> float:
    """Processor time of so many lines, the same random ones in each round."""
    rng = np.random.default_rng(0)
    began = time.process_time()
    for _ in range(lines):
        change(rng)
    return time.process_time() - began


if __name__ == "__main__":
    main()

"""Keys of synthetic lines in training."""

from dataclasses import dataclass

from tf_crnn.config_keys.key import key, whole


@dataclass(frozen=True, init=False)
class SynthesisKeys:
    """See `Params`."""

    synthetic_ratio: float = key(
        0.0, "share of synthetic lines in training, below 1; an epoch still has every real line"
    )
    stitch_pieces: str | None = key(
        None, "folder of pieces of real lines, of `generate_synthetic.py --from-model`, to stitch"
    )
    synthetic_fonts: str | tuple[str, ...] | None = key(
        None, "fonts to draw with: files, folders, `builtin` or `system`, or a list of them"
    )
    synthetic_corpus: str | None = key(
        None, "UTF-8 text that synthetic lines are taken from; without it, they follow the labels"
    )
    synthetic_degradation: float = key(
        0.3, "strength, 0 to 1, of paper, bleeding, slant, strokes, JPEG and perspective with fonts"
    )
    synthetic_short_epochs: int = key(
        0, "first epochs in which synthetic lines are short ones in batches of their own", whole(0)
    )
    synthetic_short_units: int = key(12, "units of the longest of these short lines", whole())

"""Keys of fine-tuning: which model a training begins with, and what of it is trained."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tf_crnn.config_keys.key import OneOf, is_sequence, key, path, positive

UNION, NEW = "union", "new"
BACKBONE, RNN, HEAD = "backbone", "rnn", "head"
_PART = re.compile(
    rf"{BACKBONE}|{RNN}|{HEAD}|stem|columns|projection|(stage|conv_block|context|bilstm)_\d+"
    r"|stage_\d+_block_\d+"
)


def parts(value: Any) -> str | None:
    """A list of parts of the network."""
    is_right = is_sequence(value) and all(isinstance(e, str) and _PART.fullmatch(e) for e in value)
    return (
        None
        if is_right
        else f"a list of {BACKBONE}, {RNN}, {HEAD}, stem, stage_1, bilstm_0 and the like"
    )


@dataclass(frozen=True, init=False)
class FineTuningKeys:
    """See `Params`."""

    restore_from: str | None = key(
        None, "begin with the weights of this model: a run folder, a save or an export", path
    )
    restore_alphabet: str = key(
        UNION,
        "with restore_from: union reads the units of that model and those of lookup_alphabet_file, "
        "new those of lookup_alphabet_file alone",
        OneOf((UNION, NEW)),
    )
    freeze: tuple[str, ...] = key(
        (),
        "with restore_from: parts that keep their weights: backbone, rnn, head, or layers by the "
        "beginning of their names, such as stem, stage_1, conv_block_0, bilstm_0",
        parts,
    )
    encoder_learning_rate_factor: float = key(
        1.0, "the learning rate of everything but the head is multiplied by this", positive
    )


def wrong_fine_tuning(values: Mapping[str, Any]) -> list[str]:
    """A sentence for each value that cannot be used beside the others."""
    if not values["freeze"] or values["restore_from"]:
        return []
    return [
        "freeze: keeps weights that nothing has trained yet. Name a model in restore_from, or "
        "freeze nothing."
    ]

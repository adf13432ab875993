"""Keys of the head: what is trained to write units from the features of a line."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tf_crnn.config_keys.key import OneOf, key, number, share, whole


class HeadParts(NamedTuple):
    """What a head is made of."""

    has_ctc: bool
    has_attention: bool


HEADS = {
    "ctc": HeadParts(has_ctc=True, has_attention=False),
    "attention": HeadParts(has_ctc=False, has_attention=True),
    "joint": HeadParts(has_ctc=True, has_attention=True),
}
ATTENTION_CELLS = ("lstm", "gru")


@dataclass(frozen=True, init=False)
class HeadKeys:
    """See `Params`."""

    head: str = key(
        "ctc",
        "ctc; attention, a decoder that writes unit after unit; or joint: both are trained on the "
        "same features, and CTC reads",
        OneOf(tuple(HEADS)),
    )
    attention_cell: str = key("lstm", "cells of the attention decoder", OneOf(ATTENTION_CELLS))
    attention_units: int = key(256, "units of each of its layers", whole())
    attention_layers: int = key(1, "number of its layers", whole())
    attention_embedding: int = key(32, "size of the vectors that stand for units", whole())
    attention_size: int = key(
        128, "size of the vectors by which the decoder compares its state with time steps", whole()
    )
    attention_kernel: int = key(
        15,
        "time steps around each of which the decoder sees where it looked before; 0 for none",
        whole(0),
    )
    attention_dropout: float = key(
        0.2, "share of its inputs and of what its last layer sees dropped in training", share
    )
    attention_guide: float = key(
        2.0,
        "weight of a loss that keeps the decoder's looks near a steady way over the line; 0 for "
        "lines that are not read from left to right",
        number(),
    )
    attention_label_smoothing: float = key(
        0.0, "share of the probability that is wished for other units than the true one", share
    )
    attention_beam_width: int = key(
        5,
        "readings that head attention follows at a time, with decoding beam or several readings",
        whole(),
    )
    joint_ctc_weight: float = key(
        0.7, "share of CTC in the loss of head joint, the rest is the attention's", share
    )
    joint_scoring_weight: float = key(
        0.0,
        "share of the attention in the scores of CTC's readings, for head joint with "
        "num_beam_paths above 1; 0 for CTC alone",
        number(0, 1),
    )


def wrong_head(values: Mapping[str, Any]) -> list[str]:
    """A sentence for each value that cannot be used beside the others."""
    head, weight = values["head"], values["joint_scoring_weight"]
    problems = []
    if weight and head in HEADS and head != "joint":
        problems.append(
            f"joint_scoring_weight: {weight} needs head joint, which scores with both; head is "
            f"{head}."
        )
    elif weight and values["num_beam_paths"] == 1:
        problems.append(
            "joint_scoring_weight: chooses among several readings: set num_beam_paths to 5, or so."
        )
    if head == "attention":
        problems += [
            f"{name}: needs head ctc or joint; head is attention. Leave {name} out."
            for name in ("language_model_weight", "length_bonus", "lexicon")
            if values[name]
        ]
        if values["test_time_augmentation"]:
            problems.append("test_time_augmentation: needs head ctc or joint; set it to 0.")
    return problems

"""Keys of decoding: how logits become text."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tf_crnn.config_keys.key import Check, OneOf, key, number, path, positive, whole

DECODING_NAMES = ("auto", "greedy", "beam")
MOST_COPIES = 8


def _or_null(check: Check) -> Check:
    def check_or_null(value: Any) -> str | None:
        wanted = None if value is None else check(value)
        return wanted and f"{wanted}, or null"

    return check_or_null


def _copies(value: Any) -> str | None:
    wanted = whole(0)(value) or (None if value <= MOST_COPIES else "too many")
    return wanted and f"a whole number of at least 0 and at most {MOST_COPIES}"


def _paths(value: Any) -> str | None:
    entries = value if isinstance(value, tuple) else (value,)
    is_right = all(isinstance(entry, str) and entry for entry in entries)
    return None if value is None or is_right else "a path or a list of paths"


@dataclass(frozen=True, init=False)
class DecodingKeys:
    """See `Params`."""

    decoding: str = key(
        "auto",
        "greedy takes the best path; beam searches, with language model and lexicon where there "
        "are some; auto: beam where there are some or several readings are wanted, else greedy",
        OneOf(DECODING_NAMES),
    )
    num_beam_paths: int = key(
        1,
        "readings returned for a line; more than 1 run a CTC beam search",
        whole(),
    )
    beam_width: int = key(100, "prefixes kept by the beam search", whole())
    beam_threshold: float = key(
        6.0, "the beam search drops what is so many nats less probable than the best", positive
    )
    language_model_order: int = key(
        6,
        "at the end of a training, n-grams of up to so many units are learnt from its labels, and "
        "their weight is fitted on the validation lines; 0 learns none",
        whole(0),
    )
    language_model_text: str | tuple[str, ...] | None = key(
        None, "text files in UTF-8 to learn them from too, line by line", _paths
    )
    language_model_weight: float | None = key(
        None, "of their log probability beside the network's; null takes the fitted one",
        _or_null(number()),
    )  # fmt: skip
    length_bonus: float | None = key(
        None, "nats that each unit adds, since n-grams favour short readings; null: the fitted one",
        _or_null(number(-100, 100)),
    )  # fmt: skip
    lexicon: str | None = key(
        None, "text file of words, one a line; words that are not in it stay possible", path
    )
    lexicon_penalty: float = key(
        2.0, "nats taken from a reading for each of its words that the lexicon lacks", number()
    )
    test_time_augmentation: int = key(
        0,
        f"of each line, so many slightly changed copies, at most {MOST_COPIES}, are read too; the "
        "reading is that which all of them together make most probable",
        _copies,
    )


def wrong_decoding(values: Mapping[str, Any]) -> list[str]:
    """A sentence for each value that cannot be used beside the others."""
    if values["decoding"] != "greedy":
        return []
    asked_for = {
        "num_beam_paths": "one reading: set num_beam_paths to 1",
        "test_time_augmentation": "no account of copies: set test_time_augmentation to 0",
    }
    allowed = {"num_beam_paths": 1, "test_time_augmentation": 0}
    return [
        f"decoding: greedy gives {wanted}, or decoding to beam."
        for name, wanted in asked_for.items()
        if values[name] != allowed[name]
    ]


def wrong_together_with_greedy(decoding: str, given: Mapping[str, Any]) -> list[str]:
    """A sentence for each value that a call gives and that the best path does not look at.

    Args:
        decoding: with which the call reads.
        given: by the call. What the model is configured with may stay unused.
    """
    if decoding != "greedy":
        return []
    return [
        f"{name}: is not looked at by decoding greedy. Leave it out, or set decoding to beam."
        for name in ("lexicon", "lexicon_penalty", "language_model_weight", "length_bonus")
        if given.get(name)
    ]


def wrong_learning(values: Mapping[str, Any]) -> list[str]:
    """A sentence for what a training cannot end with, although a model can be read with it."""
    weight = values["language_model_weight"]
    if not weight or values["language_model_order"]:
        return []
    return [
        f"language_model_weight: is {weight:g}, but language_model_order 0 learns no language "
        "model. Set the order to 6, or so, or leave the weight out."
    ]


def missing_decoding_inputs(values: Mapping[str, Any]) -> list[str]:
    """A sentence for each file that a training shall learn from and that is not there."""
    problems = []
    for name in ("language_model_text", "lexicon"):
        given = values.get(name) or ()
        for entry in (given,) if isinstance(given, str | os.PathLike) else given:
            if not Path(entry).expanduser().is_file():
                problems.append(f"{name}: {entry} is no file (looked from {Path.cwd()}).")
    return problems

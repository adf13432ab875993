"""Beam search over what an attention decoder writes; a beam of one is greedy reading.

All lines of a batch and all readings of a line are written on side by side, by `keras.ops` alone,
so that the same search runs in a SavedModel.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import keras
from keras import ops

from tf_crnn.heads.attention import END_CODE, AttentionDecoder
from tf_crnn.heads.location_attention import Memory

_IMPOSSIBLE = -1e9
# What is less probable is no reading of the line.
LEAST_LOG_PROB = _IMPOSSIBLE / 10


class Found(NamedTuple):
    """Readings of each line, best first.

    Attributes:
        codes: (B, P, T) int32, 0 beyond the end of each.
        log_probs: (B, P) float32, natural logs of P(reading and its end | line); less than
            `LEAST_LOG_PROB` where a line has fewer readings.
    """

    codes: Any
    log_probs: Any


class _Beams(NamedTuple):
    """The readings so far: how long they are, what they say, whether they have ended."""

    length: Any  # ()
    codes: Any  # (B, W, T)
    log_probs: Any  # (B, W), descending
    ended: Any  # (B, W)


def search_readings(
    decoder: AttentionDecoder, features: Any, time_steps: Any, *, n_beams: int, n_readings: int = 1
) -> Found:
    """The most probable readings of each line, as far as a beam of that width finds them.

    A reading has at most as many units as its line has time steps; it is given up to its end, whose
    probability counts. The search stops when no reading in hand can overtake the best ended ones:
    with each unit a reading becomes less probable.

    Args:
        decoder: built.
        features: (B, T, F).
        time_steps: (B, 1) integers.
        n_beams: readings that are followed at a time, W.
        n_readings: readings to return, P, at most W.
    """
    if not 1 <= n_readings <= n_beams:
        raise ValueError(f"n_readings {n_readings}: must be from 1 to n_beams, {n_beams}.")
    most = ops.cast(ops.reshape(time_steps, (-1, 1, 1)), "int32")
    memory = _repeated(decoder.remember(features, time_steps), n_beams)
    n_state = len(decoder.start(memory))

    def go_on(*loop: Any) -> Any:
        return ~ops.all(_Beams(*loop[n_state + 1 :]).ended[:, :n_readings])

    def write_unit(*loop: Any) -> Any:
        beams = _Beams(*loop[n_state + 1 :])
        state = decoder.step(loop[0], loop[1 : n_state + 1], memory)
        unit_log_probs = ops.reshape(
            decoder.log_probs(state, memory), (-1, n_beams, decoder.n_classes)
        )
        parents, units, beams = _extend(beams, unit_log_probs, beams.length >= most)
        return (decoder.embedding(units), *_taken(state, parents), *beams)

    start = (_first_input(decoder, memory), *decoder.start(memory), *_first_beams(memory, n_beams))
    beams = _Beams(*ops.while_loop(go_on, write_unit, start)[n_state + 1 :])
    return Found(beams.codes[:, :n_readings], beams.log_probs[:, :n_readings])


def _repeated(memory: Memory, n_beams: int) -> Memory:
    return Memory(*(ops.repeat(part, n_beams, axis=0) for part in memory))


def _first_input(decoder: AttentionDecoder, memory: Memory) -> Any:
    return decoder.embedding(ops.zeros_like(memory.mask[:, 0], dtype="int32"))


def _first_beams(memory: Memory, n_beams: int) -> _Beams:
    """One empty reading for each line, and W - 1 impossible ones."""
    nothing = ops.reshape(memory.mask[:, 0], (-1, n_beams)) * 0.0  # (B, W)
    is_first = ops.cast(ops.arange(n_beams) == 0, "float32")
    codes = ops.zeros((1, 1, ops.shape(memory.mask)[1]), dtype="int32")
    return _Beams(
        ops.zeros((), dtype="int32"),
        ops.cast(nothing, "int32")[:, :, None] + codes,
        nothing + (1.0 - is_first) * _IMPOSSIBLE,
        nothing > 0,
    )


def _extend(beams: _Beams, unit_log_probs: Any, is_full: Any) -> tuple[Any, Any, _Beams]:
    """The best W of all readings that are one unit longer, and of those that have ended.

    Args:
        beams: the readings.
        unit_log_probs: (B, W, K) of the next unit.
        is_full: (B, 1, 1), where nothing but the end may follow.

    Returns:
        Which reading each goes on from, (B, W); its new unit, (B * W,); the new readings.
    """
    n_beams, n_classes = unit_log_probs.shape[1:]
    is_end = ops.arange(n_classes) == END_CODE
    has_ended = beams.ended[:, :, None]
    unit_log_probs = ops.where(has_ended, 0.0, unit_log_probs)
    may_follow = is_end | ~(has_ended | is_full)
    total = ops.where(may_follow, beams.log_probs[:, :, None] + unit_log_probs, 2 * _IMPOSSIBLE)
    log_probs, places = ops.top_k(ops.reshape(total, (-1, n_beams * n_classes)), n_beams)
    places = ops.cast(places, "int32")
    parents, units = places // n_classes, places % n_classes
    before = ops.take_along_axis(beams.codes, parents[:, :, None], axis=1)
    is_here = ops.arange(ops.shape(before)[2]) == beams.length
    codes = before + ops.where(is_here, units[:, :, None], 0)
    extended = _Beams(beams.length + 1, codes, log_probs, units == END_CODE)
    return parents, ops.reshape(units, (-1,)), extended


def _taken(state: Sequence[Any], parents: Any) -> list[Any]:
    """The states of the readings that are gone on with."""
    n_lines, n_beams = ops.shape(parents)
    rows = ops.reshape(parents + ops.arange(n_lines, dtype="int32")[:, None] * n_beams, (-1,))
    return [ops.take(part, rows, axis=0) for part in state]


@keras.saving.register_keras_serializable(package="tf_crnn")
class GreedyReadings(keras.layers.Layer):
    """The greedy readings of features (B, T, F) and time steps (B, 1): (B, T) int32 codes.

    In training they are all empty: nothing is searched for.

    Args:
        decoder: built; its weights are not those of this layer.
        **kwargs: of `keras.layers.Layer`.
    """

    def __init__(self, decoder: AttentionDecoder, **kwargs: Any) -> None:
        """Keep the decoder out of sight of Keras, to which its weights would be of this layer."""
        super().__init__(**{"trainable": False, "dtype": "float32", **kwargs})
        self._search = partial(search_readings, decoder, n_beams=1)
        self.supports_masking = True

    def compute_mask(self, *_: Any, **__: Any) -> None:
        """The time steps say what the mask of the features would."""
        return

    def call(self, features: Any, time_steps: Any, training: bool = False) -> Any:
        """(B, T) int32, 0 beyond the end of each."""
        if training:
            return ops.cast(ops.zeros_like(features[:, :, 0]), "int32")
        return self._search(features, time_steps).codes[:, 0]

    def compute_output_spec(self, features: Any, *_: Any, **__: Any) -> Any:
        """(B, T)."""
        return keras.KerasTensor(tuple(features.shape[:2]), dtype="int32")

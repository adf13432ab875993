"""The decodings by name."""

from collections.abc import Callable, Mapping

import numpy as np

from tf_crnn.decoding.alignment import log_probability
from tf_crnn.decoding.greedy import collapse
from tf_crnn.decoding.search import Decoding, Hypothesis, LineOutput
from tf_crnn.decoding.settings import DecodingSettings


def make_decoding(settings: DecodingSettings) -> Decoding:
    """The decoding that some settings ask for.

    Raises:
        ValueError: there is none of that name.
    """
    if settings.name not in DECODINGS:
        raise ValueError(f"decoding {settings.name!r}: must be one of {', '.join(DECODINGS)}")
    return DECODINGS[settings.name](settings)


def _greedy(_settings: DecodingSettings) -> Decoding:
    return read_greedily


def _beam(settings: DecodingSettings) -> Decoding:
    # numba takes a second, which greedy reading shall not wait for.
    from tf_crnn.decoding.beam import BeamSearch

    return BeamSearch(settings)


def read_greedily(output: LineOutput) -> list[Hypothesis]:
    """The reading of the best path, with its probability over all of its paths.

    Raises:
        ValueError: the network has no CTC output.
    """
    if output.log_probs is None:
        raise ValueError("greedy reading needs the log_probs of a CTC head")
    codes = tuple(collapse(output.log_probs.argmax(axis=-1)))
    log_prob = log_probability(np.exp(output.log_probs), codes)
    return [Hypothesis(codes, log_prob, log_prob)]


DECODINGS: Mapping[str, Callable[[DecodingSettings], Decoding]] = {
    "greedy": _greedy,
    "beam": _beam,
}

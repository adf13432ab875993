"""Keys of decoding: how logits become text."""

from dataclasses import dataclass

from tf_crnn.config_keys.key import key, whole


@dataclass(frozen=True, init=False)
class DecodingKeys:
    """See `Params`."""

    num_beam_paths: int = key(
        1,
        "readings returned for a line; 1 takes the best path, more run a CTC beam search",
        whole(),
    )
    beam_width: int = key(100, "prefixes kept by the beam search", whole())

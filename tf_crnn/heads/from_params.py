"""The heads that the parameters of a run ask for: what they give, and their loss in training."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import keras

from tf_crnn.config import Params
from tf_crnn.heads.attention import AttentionDecoder, Decoded
from tf_crnn.heads.attention_loss import AttentionLineLosses
from tf_crnn.heads.attention_search import GreedyReadings
from tf_crnn.heads.ctc import CTCLineLosses


@keras.saving.register_keras_serializable(package="tf_crnn")
class Network(keras.Model):
    """The part that is trained, saved and exported: {input_images, input_seq_length} -> outputs.

    For head ctc the output is logits (B, T, n_classes); for joint {logits, features (B, T, F)}, for
    attention {features}.

    Attributes:
        decoder: reads the features; None for head ctc.
    """

    decoder: AttentionDecoder | None


class Heads(NamedTuple):
    """What stands on the features of a line.

    Attributes:
        features: (B, T, F).
        logits: (B, T, n_classes) of CTC; None without it.
        decoder: built, reads the features; None without attention.
    """

    features: Any
    logits: Any
    decoder: AttentionDecoder | None


def put_heads(features: Any, params: Params, *, for_training: bool = False) -> Heads:
    """Build the heads.

    Args:
        features: (B, T, F) of the encoder.
        params: `head`, `attention_*`, `seed` and the alphabet.
        for_training: with dropout, whose random state would be part of an export.
    """
    parts = params.head_parts
    logits = ctc_logits(features, params) if parts.has_ctc else None
    if not parts.has_attention:
        return Heads(features, logits, None)
    dropout = params.attention_dropout if for_training else 0.0
    return Heads(features, logits, _make_decoder(features, params, dropout))


def make_network(inputs: Mapping[str, Any], heads: Heads) -> Network:
    """The network that gives what the heads need, and holds the weights of all.

    Args:
        inputs: input_images (B, H, W, C) and input_seq_length (B, 1).
        heads: of `put_heads`.
    """
    outputs: Any = heads.logits
    if heads.decoder is not None:
        outputs = {"features": heads.features}
        if heads.logits is not None:
            outputs["logits"] = heads.logits
    network = Network(inputs, outputs, name="network")
    network.decoder = heads.decoder
    return network


def ctc_logits(features: Any, params: Params) -> Any:
    """(B, T, n_classes) float32; class 0 is the blank."""
    return keras.layers.Dense(params.alphabet.n_classes, dtype="float32", name="logits")(features)


def training_outputs(heads: Heads, inputs: Mapping[str, Any], params: Params) -> dict[str, Any]:
    """What a training and a validation need to know of a batch.

    Args:
        heads: of `put_heads`.
        inputs: input_seq_length (B, 1), label_codes (B, L) and label_seq_length (B, 1).
        params: of the run.

    Returns:
        line_losses (B,); logits (B, T, n_classes) with CTC; unit_logits (B, L + 1, n_classes) with
        attention, and for attention alone also codes (B, T), the greedy readings, which are made
        for validation only.
    """
    if heads.decoder is None:
        return {"logits": heads.logits, "line_losses": _ctc_losses("line_losses", heads, inputs)}
    steps = inputs["input_seq_length"]
    decoded = heads.decoder(heads.features, steps, inputs["label_codes"])
    losses = _attention_losses(decoded, inputs, params)
    if heads.logits is None:
        codes = GreedyReadings(heads.decoder, name="codes")(heads.features, steps)
        return {"unit_logits": decoded.logits, "codes": codes, "line_losses": losses}
    of_ctc, weight = _ctc_losses("ctc_losses", heads, inputs), params.joint_ctc_weight
    return {
        "unit_logits": decoded.logits,
        "logits": heads.logits,
        "line_losses": weight * of_ctc + (1 - weight) * losses,
    }


def _make_decoder(features: Any, params: Params, dropout: float) -> AttentionDecoder:
    decoder = AttentionDecoder(
        params.alphabet.n_classes,
        cell=params.attention_cell,
        units=params.attention_units,
        layers=params.attention_layers,
        embedding=params.attention_embedding,
        size=params.attention_size,
        kernel=params.attention_kernel,
        dropout=dropout,
        seed=params.seed,
        name="decoder",
    )
    decoder.build(features.shape)
    return decoder


def _ctc_losses(name: str, heads: Heads, inputs: Mapping[str, Any]) -> Any:
    labels = inputs["label_codes"], inputs["input_seq_length"], inputs["label_seq_length"]
    return CTCLineLosses(name=name)(heads.logits, *labels)


def _attention_losses(decoded: Decoded, inputs: Mapping[str, Any], params: Params) -> Any:
    losses = AttentionLineLosses(
        smoothing=params.attention_label_smoothing,
        guide=params.attention_guide,
        name="attention_losses",
    )
    return losses(
        decoded, inputs["label_codes"], inputs["input_seq_length"], inputs["label_seq_length"]
    )

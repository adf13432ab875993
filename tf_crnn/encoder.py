"""The encoder that all heads share: a backbone, then the BiLSTM layers over time."""

from typing import Any, NamedTuple

import keras

from tf_crnn.backbones import BACKBONES
from tf_crnn.blocks import SpanMasking
from tf_crnn.config import Params
from tf_crnn.layers import LineColumns, SequenceMask
from tf_crnn.recurrent import LSTM


class Encoded(NamedTuple):
    """Features of a batch of lines.

    Attributes:
        columns: (B, T, F) of the backbone, each of some columns of the image alone.
        context: (B, T, F') of the last BiLSTM layer, each with the whole line in view.
    """

    columns: Any
    context: Any


def encode(images: Any, time_steps: Any, params: Params, *, for_training: bool = False) -> Encoded:
    """Build the encoder.

    Args:
        images: (B, H, W, C) float32, standardised, zero beyond each line's end.
        time_steps: (B, 1) integers, how many of the T steps are the line.
        params: of the network.
        for_training: with the layers that act in training alone: dropout, hidden spans. Their
            random state would be part of an export.
    """
    lengths = LineColumns(params.downscale_factor, name="line_columns")(time_steps)
    columns = BACKBONES[params.backbone](images, lengths, params)
    features = columns
    if for_training and params.feature_masking:
        masking = SpanMasking(
            params.feature_masking, params.feature_masking_span, params.seed, name="hidden_spans"
        )
        features = masking(features)
    mask = SequenceMask(name="sequence_mask")(features, time_steps)
    dropout = params.rnn_dropout if for_training else 0.0
    for index, units in enumerate(params.rnn_units):
        cell = LSTM(units, return_sequences=True, dropout=dropout, seed=params.seed + index)
        features = keras.layers.Bidirectional(cell, name=f"bilstm_{index}")(features, mask=mask)
    if for_training and params.head_dropout:
        dropped = keras.layers.Dropout(
            params.head_dropout, seed=params.seed + len(params.rnn_units), name="head_dropout"
        )
        features = dropped(features)
    return Encoded(columns, features)

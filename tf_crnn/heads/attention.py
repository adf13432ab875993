"""The attention head: a recurrent decoder that writes one unit after the other (as aocr does).

Class 0, the blank of CTC, is the end of the text here; as an input it stands before the first unit.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
from keras import ops

from tf_crnn.alphabet import BLANK_CODE
from tf_crnn.heads.location_attention import LocationAttention, Memory
from tf_crnn.layers import column_mask

END_CODE = BLANK_CODE
CELLS = {"lstm": keras.layers.LSTMCell, "gru": keras.layers.GRUCell}


class Decoded(NamedTuple):
    """What a decoder says of a label, unit by unit.

    Attributes:
        logits: (B, L + 1, K) before each unit and before the end.
        weights: (B, L + 1, T), where it looked.
    """

    logits: Any
    weights: Any


@keras.saving.register_keras_serializable(package="tf_crnn")
class AttentionDecoder(keras.layers.Layer):
    """Recurrent layers that see the last unit and what was looked at, then look anew.

    After each unit: the cells take its embedding and what was looked at before; their state asks
    for the next weights; the state and the features so weighted give the logits of the next unit
    (Luong et al. 2015, "input feeding"). What is fed back are the weighted keys: they are smaller
    than the features, which training would have to go through at each unit. In float32.

    Call it on features (B, T, F), time steps (B, 1) and labels (B, L) for `Decoded`; `start` and
    `step` write a text of unknown length.

    Args:
        n_classes: K, the units and the end.
        cell: 'lstm' or 'gru'.
        units: of each layer.
        layers: how many.
        embedding: size of the vectors of units.
        size: of the attention, see `LocationAttention`.
        kernel: likewise.
        dropout: share of embeddings, and of what the last layer sees, dropped in training.
        seed: of the dropout.
        **kwargs: of `keras.layers.Layer`.
    """

    def __init__(
        self,
        n_classes: int,
        *,
        cell: str = "lstm",
        units: int = 256,
        layers: int = 1,
        embedding: int = 64,
        size: int = 128,
        kernel: int = 15,
        dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        """Make the sub-layers."""
        super().__init__(**{"dtype": "float32", **kwargs})
        self.arguments = {
            "n_classes": n_classes, "cell": cell, "units": units, "layers": layers,
            "embedding": embedding, "size": size, "kernel": kernel, "dropout": dropout,
            "seed": seed,
        }  # fmt: skip
        self.units = units
        self.embedding_size = embedding
        self.n_classes = n_classes
        # Layers made within a mixed policy would else compute in bfloat16.
        own: Any = {"dtype": self.dtype_policy}
        self.embedding = keras.layers.Embedding(n_classes, embedding, name="embedding", **own)
        self.cells = [CELLS[cell](units, name=f"cell_{index}", **own) for index in range(layers)]
        self.attention = LocationAttention(size, kernel, name="attention", **own)
        self.output_layer = keras.layers.Dense(n_classes, name="logits", **own)
        later_seed = None if seed is None else seed + 1
        self.input_dropout = keras.layers.Dropout(dropout, seed=seed, **own)
        self.output_dropout = keras.layers.Dropout(dropout, seed=later_seed, **own)
        self._n_states = 2 if cell == "lstm" else 1
        self.supports_masking = True

    def build(self, features_shape: Any, *_: Any) -> None:
        """Make the weights."""
        batch, _, n_features = features_shape
        self.embedding.build((batch, None))
        width = self.embedding_size + self.attention.size
        for cell in self.cells:
            cell.build((batch, width))
            width = self.units
        self.attention.build((batch, self.units), features_shape)
        self.output_layer.build((batch, self.units + n_features))
        self.built = True

    def compute_mask(self, *_: Any, **__: Any) -> None:
        """The time steps say what the mask of the features would."""
        return

    def call(
        self, features: Any, time_steps: Any, label_codes: Any, training: bool = False
    ) -> Decoded:
        """Logits of each unit after the true ones before it, and where the decoder looked."""
        memory = self.remember(features, time_steps)
        before = ops.pad(ops.cast(label_codes, "int32"), ((0, 0), (1, 0)))  # (B, L + 1)
        embedded = self.input_dropout(self.embedding(before), training=training)

        def one_unit(state: Sequence[Any], unit: Any) -> Any:
            state = self.step(unit, state, memory)
            return state, state

        sequence = ops.transpose(embedded, (1, 0, 2))  # (L + 1, B, E)
        _, states = ops.scan(one_unit, self.start(memory), sequence)
        hidden, weights = (
            ops.transpose(sequence, (1, 0, 2)) for sequence in (self._hidden(states), states[-2])
        )
        context = ops.matmul(weights, memory.features)  # (B, L + 1, F)
        seen = ops.concatenate([hidden, context], axis=-1)
        return Decoded(self.output_layer(self.output_dropout(seen, training=training)), weights)

    def remember(self, features: Any, time_steps: Any) -> Memory:
        """What the decoder looks at.

        Args:
            features: (B, T, F).
            time_steps: (B, 1) integers.
        """
        features = ops.cast(features, "float32")
        mask = column_mask(ops.reshape(time_steps, (-1,)), ops.shape(features)[1])
        return self.attention.remember(features, mask)

    def start(self, memory: Memory) -> list[Any]:
        """The state before the first unit: looking at the beginning of the line.

        Returns:
            The states of the cells (B, units), then weighted keys (B, size), weights (B, T) and the
            sum of all weights so far (B, T).
        """
        nothing = ops.zeros_like(memory.mask)
        at_first = ops.cast(ops.arange(ops.shape(nothing)[1]) == 0, "float32")
        empty = ops.zeros_like(memory.features[:, 0, :1]) * ops.zeros((1, self.units))  # (B, units)
        states = [empty] * (self._n_states * len(self.cells))
        return [*states, ops.zeros_like(memory.keys[:, 0]), nothing + at_first, nothing]

    def step(self, embedded: Any, state: Sequence[Any], memory: Memory) -> list[Any]:
        """The state after one more unit.

        Args:
            embedded: (B, E), the vector of the unit.
            state: of `start` or of a step before.
            memory: of `remember`.
        """
        *cell_states, looked_at, weights, covered = state
        inputs = ops.concatenate([embedded, looked_at], axis=-1)
        new_states: list[Any] = []
        for index, cell in enumerate(self.cells):
            own = cell_states[index * self._n_states : (index + 1) * self._n_states]
            inputs, changed = cell(inputs, own if self._n_states > 1 else own[0])
            new_states += changed if isinstance(changed, list | tuple) else [changed]
        weights = self.attention(inputs, weights, covered, memory)
        return [*new_states, _weighted(weights, memory.keys), weights, covered + weights]

    def log_probs(self, state: Sequence[Any], memory: Memory) -> Any:
        """Natural logs of the probabilities of the next unit, (B, K); class 0 is the end."""
        context = _weighted(state[-2], memory.features)
        seen = ops.concatenate([self._hidden(state), context], axis=-1)
        return ops.log_softmax(self.output_layer(seen), axis=-1)

    def _hidden(self, state: Sequence[Any]) -> Any:
        """The state of the last layer's cell."""
        return state[self._n_states * (len(self.cells) - 1)]

    def compute_output_spec(
        self, features: Any, time_steps: Any, label_codes: Any, training: bool = False  # noqa: ARG002
    ) -> Decoded:  # fmt: skip
        """Shapes of `Decoded`."""
        batch, steps = features.shape[:2]
        length = label_codes.shape[1]
        places = None if length is None else length + 1
        return Decoded(
            keras.KerasTensor((batch, places, self.n_classes), dtype="float32"),
            keras.KerasTensor((batch, places, steps), dtype="float32"),
        )

    def get_config(self) -> dict[str, Any]:
        """Every argument under its own name."""
        return {**super().get_config(), **self.arguments}


def _weighted(weights: Any, vectors: Any) -> Any:
    """Sums (B, A) of vectors (B, T, A) by weights (B, T)."""
    return ops.matmul(weights[:, None, :], vectors)[:, 0]

"""The loops of an LSTM over time, forwards and back, written for few operations a step."""

from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf


class _Trace(NamedTuple):
    """What the way back needs, each (T, B, units): the state, the outputs and the open gates."""

    states: Any
    outputs: Any
    gates: tuple[Any, Any, Any, Any]  # input, forget, output, candidate


def scan(gates: Any, recurrent_kernel: Any, *, training: bool) -> Any:
    """Outputs of an LSTM whose state is empty at the start.

    Args:
        gates: (T, B, 4 * units) projected inputs with their bias, in the order of `sigmoids_first`.
        recurrent_kernel: (units, 4 * units), in the same order.
        training: whether a gradient will be asked for; without, nothing is kept for it.

    Returns:
        (T, B, units).
    """
    run = _traced_scan if training else _outputs
    return run(gates, recurrent_kernel)


def sigmoids_first(columns: Any) -> Any:
    """From Keras' order of the gates - input, forget, candidate, output - to that of the loop.

    Input, forget, output, candidate: one sigmoid then serves three of them. It is cheaper for the
    weights than for what they make of each step.

    Args:
        columns: (..., 4 * units).
    """
    entry, forget, candidate, output = tf.split(columns, 4, axis=-1)
    return tf.concat([entry, forget, output, candidate], axis=-1)


def _step(gates: Any, kernel: Any, output: Any, state: Any) -> tuple[Any, Any, Any, Any]:
    units = kernel.shape[0]
    total = gates + tf.matmul(output, kernel)
    opened = tf.sigmoid(total[:, : 3 * units])
    candidate = tf.tanh(total[:, 3 * units :])
    entry, forget, exit_ = tf.split(opened, 3, axis=1)
    state = forget * state + entry * candidate
    return exit_ * tf.tanh(state), state, opened, candidate


def _outputs(gates: Any, kernel: Any) -> Any:
    empty = _empty(gates, kernel)

    def advance(step: Any, output: Any, state: Any, outputs: Any) -> tuple[Any, ...]:
        output, state, _, _ = _step(gates[step], kernel, output, state)
        return step + 1, output, state, outputs.write(step, output)

    [outputs] = _loop(gates, advance, (empty, empty), (kernel.shape[0],))
    return outputs


@tf.custom_gradient  # type: ignore[untyped-decorator]
def _traced_scan(gates: Any, kernel: Any) -> tuple[Any, Callable[[Any], tuple[Any, Any]]]:
    units, empty = kernel.shape[0], _empty(gates, kernel)

    def advance(step: Any, output: Any, state: Any, *kept: Any) -> tuple[Any, ...]:
        output, state, opened, candidate = _step(gates[step], kernel, output, state)
        values = (output, state, opened, candidate)
        written = (array.write(step, value) for array, value in zip(kept, values, strict=True))
        return step + 1, output, state, *written

    widths = (units, units, 3 * units, units)
    outputs, states, opened, candidates = _loop(gates, advance, (empty, empty), widths)
    trace = _Trace(states, outputs, (*tf.split(opened, 3, axis=2), candidates))
    return outputs, lambda upstream: _way_back(upstream, trace, kernel)


def _way_back(upstream: Any, trace: _Trace, kernel: Any) -> tuple[Any, Any]:
    """Gradients of the gates (T, B, 4 * units) and of the kernel, from those of the outputs.

    What does not hang on the step behind is worked out for all steps at once.
    """
    entry, forget, exit_, candidate = trace.gates
    units, squashed = kernel.shape[0], tf.tanh(trace.states)
    before = tf.concat([tf.zeros_like(trace.states[:1]), trace.states[:-1]], axis=0)
    to_state = exit_ * (1.0 - squashed * squashed)
    slopes = tf.concat(
        [
            candidate * entry * (1.0 - entry),
            before * forget * (1.0 - forget),
            squashed * exit_ * (1.0 - exit_),
            entry * (1.0 - candidate * candidate),
        ],
        axis=2,
    )  # of the output gate by the output, of the others by the state
    turned = tf.transpose(kernel)
    empty = tf.zeros_like(upstream[0])
    last = tf.shape(upstream)[0] - 1

    def retreat(n_done: Any, output: Any, state: Any, gradients: Any) -> tuple[Any, ...]:
        step = last - n_done
        output = output + upstream[step]
        state = state + output * to_state[step]
        gradient = tf.concat([state, state, output, state], axis=1) * slopes[step]
        written = gradients.write(step, gradient)
        return n_done + 1, tf.matmul(gradient, turned), state * forget[step], written

    [gradients] = _loop(upstream, retreat, (empty, empty), (4 * units,))
    outputs_before = tf.concat([tf.zeros_like(trace.outputs[:1]), trace.outputs[:-1]], axis=0)
    of_kernel = tf.matmul(
        tf.reshape(outputs_before, (-1, units)),
        tf.reshape(gradients, (-1, 4 * units)),
        transpose_a=True,
    )
    return gradients, of_kernel


def _empty(gates: Any, kernel: Any) -> Any:
    return tf.zeros((tf.shape(gates)[1], kernel.shape[0]), gates.dtype)


def _loop(
    sequence: Any,
    body: Callable[..., tuple[Any, ...]],
    states: tuple[Any, Any],
    widths: tuple[int, ...],
) -> list[Any]:
    """Run `body` for every step; what it wrote, each (T, B, width)."""
    n_steps = tf.shape(sequence)[0]
    arrays = [
        tf.TensorArray(sequence.dtype, size=n_steps, element_shape=(None, width))
        for width in widths
    ]
    results = tf.while_loop(
        lambda step, *_: step < n_steps, body, (0, *states, *arrays), parallel_iterations=1
    )
    return [array.stack() for array in results[3:]]

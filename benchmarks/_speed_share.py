"""How much of what the processors can do at most a training step does.

`speed.py share` runs this file once for each number of threads, since TensorFlow takes as many as
it may use when it starts:

    python benchmarks/_speed_share.py '{"config": ..., "dataset": ..., "batches": 12, ...}' out.json

The floating point operations of a step are counted by the shapes of its layers, while a batch goes
through them: two for each weight of a convolution, an LSTM or a dense layer at every place where it
is used; activations, pooling, CTC and the optimizer are not counted. The way back counts as twice
the way there, but for the first convolution, whose input has no gradient: as one. The limit is the
best product of two matrices in float32, of TensorFlow or NumPy, measured in turns with the steps.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from _common import ROOT
from _speed_work import spread, write_rows

from tf_crnn.config import Params, import_params_from_json
from tf_crnn.data_handler import batches_for, labelled
from tf_crnn.model import get_model_train
from tf_crnn.preprocessing import preprocess_csv
from tf_crnn.recurrent import LSTM

SIZES = (1024, 2048)  # of the matrices
REPEATS = 4
LINES_A_BATCH = 8  # so many lines are looked through for each batch
COUNTED = (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Dense, LSTM)


def main(settings: dict[str, Any], out: Path) -> None:
    """Measure and write the result."""
    values = import_params_from_json(json_filename=ROOT / settings["config"])
    params = Params(**{**values, "data_augmentation": False})
    with tempfile.TemporaryDirectory() as folder:
        batches = some_batches(params, settings, Path(folder))
    model = get_model_train(params)
    operations = sum(step_operations(model, inputs) for inputs, _ in batches)
    steps: list[float] = []
    products: list[float] = []
    for turn in range(settings["rounds"] + 1):
        products.append(best_product())
        began = time.perf_counter()
        for inputs, zeros in batches:
            model.train_on_batch(inputs, zeros)
        if turn:  # the first traces
            steps.append(time.perf_counter() - began)
    n_lines = sum(len(inputs["input_images"]) for inputs, _ in batches)
    reached, limit = operations / statistics.median(steps), max(products)
    found = {
        "lines": n_lines,
        "mean_width_px": round(float(np.mean([b["input_images"].shape[2] for b, _ in batches]))),
        "gflop_a_line": round(operations / n_lines / 1e9, 4),
        "seconds": [round(seconds, 4) for seconds in steps],
        "lines_per_second": round(n_lines / statistics.median(steps), 2),
        "gflops": round(reached / 1e9, 2),
        "product_gflops": [round(product / 1e9, 2) for product in products],
        "share": round(reached / limit, 4),
    }
    out.write_text(json.dumps(found))


def some_batches(params: Params, settings: dict[str, Any], folder: Path) -> list[tuple[Any, Any]]:
    """Batches of similar width of about every n-th line, from narrow to wide."""
    n_batches = settings["batches"]
    n_lines = n_batches * LINES_A_BATCH * params.train_batch_size
    rows, prepared = folder / "rows.csv", folder / "prepared.csv"
    preprocess_csv(str(write_rows(settings["dataset"], "train", n_lines, rows)), params, prepared)
    batches = batches_for(
        str(prepared), params, batch_size=params.train_batch_size, augment=False, shuffle=False
    )
    return spread([labelled(batch) for batch in batches.epoch(0)], n_batches)


def step_operations(model: Any, inputs: dict[str, Any]) -> float:
    """Floating point operations of a training step on a batch."""
    first, *others = forward_operations(model, inputs)
    return 2 * first + 3 * sum(others)


def forward_operations(model: Any, inputs: dict[str, Any]) -> list[float]:
    """Those of each layer that multiplies by weights, in their order, on the way there."""
    counted: list[float] = []
    with watched(lambda layer, outputs: counted.append(operations_of(layer, outputs))):
        model({name: tf.convert_to_tensor(value) for name, value in inputs.items()}, training=True)
    return counted


def operations_of(layer: Any, outputs: Any) -> float:
    """Two for each weight, at every place of the outputs (B, ..., features)."""
    kernels = (
        [layer.kernel]
        if hasattr(layer, "kernel")
        else [layer.cell.kernel, layer.cell.recurrent_kernel]
    )
    n_weights = sum(int(np.prod(kernel.shape)) for kernel in kernels)
    return 2.0 * n_weights * int(np.prod(outputs.shape[:-1]))


@contextmanager
def watched(tell: Callable[[Any, Any], None]) -> Iterator[None]:
    """Tell of every call of a counted layer."""
    originals = {kind: kind.call for kind in COUNTED}
    for kind, original in originals.items():
        kind.call = _telling(original, tell)
    try:
        yield
    finally:
        for kind, original in originals.items():
            kind.call = original


def _telling(original: Callable[..., Any], tell: Callable[[Any, Any], None]) -> Any:
    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        outputs = original(layer, *args, **kwargs)
        tell(layer, outputs)
        return outputs

    return call


def best_product() -> float:
    """Floating point operations a second of the best of several products of matrices."""
    generator, best = np.random.default_rng(0), 0.0
    for size in SIZES:
        numbers = generator.normal(size=(size, size)).astype(np.float32)
        tensor = tf.constant(numbers)
        for multiply in (partial(np.matmul, numbers, numbers), partial(_product, tensor)):
            for _ in range(REPEATS):
                began = time.perf_counter()
                multiply()
                best = max(best, 2.0 * size**3 / (time.perf_counter() - began))
    return best


def _product(tensor: Any) -> Any:
    return tf.matmul(tensor, tensor).numpy()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), Path(sys.argv[2]))

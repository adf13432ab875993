"""`tf.data` sets of line batches, and the image functions that the documentation names here."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tf_crnn.augmentation.line import doses_of
from tf_crnn.augmentation.rotation import random_rotation
from tf_crnn.augmentation.tones import random_colour
from tf_crnn.batches import Batch, LineBatches
from tf_crnn.config import Params
from tf_crnn.images import as_line_image, pad_width, resize, resized_width_px
from tf_crnn.line_index import Geometry, parse_prepared, parse_unlabelled
from tf_crnn.packs.description import check_packs
from tf_crnn.samples import as_paths
from tf_crnn.synthesis.share import SyntheticShare

logger = logging.getLogger(__name__)

__all__ = [
    "augment_data",
    "batches_for",
    "dataset_generator",
    "get_resized_width",
    "log_unreadable",
    "padding_inputs_width",
    "random_rotation",
    "to_dataset",
]


class PaddedLine(NamedTuple):
    """A line at its batch's width.

    Attributes:
        image: (H, W, C).
        width_px: how many columns, from the left, are the line; the others are padding.
    """

    image: NDArray[Any]
    width_px: int


def dataset_generator(
    csv_filename: str | Sequence[str],
    params: Params,
    use_labels: bool = True,
    batch_size: int = 64,
    data_augmentation: bool = False,
    num_epochs: int | None = None,
    shuffle: bool = True,
) -> tf.data.Dataset:
    """Batches of lines of similar width; the last of an epoch may be smaller.

    Args:
        csv_filename: one file or several; with labels, written by `preprocess_csv`; without, of any
            CSV only the paths are read, labelled or not.
        params: image size, augmentation, seed and cache.
        use_labels: whether labels are part of the elements.
        batch_size: lines in a batch.
        data_augmentation: change each line at random.
        num_epochs: how often the lines are repeated; without end if None.
        shuffle: a new order each epoch, from `params.seed`; otherwise sorted by width.

    Returns:
        With labels, elements ({input_images (B, H, W, C), input_seq_length (B, 1), label_codes (B,
        L), label_seq_length (B, 1)}, zeros (B,)); without, {input_images, input_seq_length,
        filename_images (B, 1)}.
    """
    batches = batches_for(
        csv_filename,
        params,
        batch_size=batch_size,
        augment=data_augmentation,
        shuffle=shuffle,
        use_labels=use_labels,
    )
    return to_dataset(batches, use_labels=use_labels, num_epochs=num_epochs)


def batches_for(
    csv_files: Any,
    params: Params,
    *,
    batch_size: int,
    augment: bool,
    shuffle: bool,
    use_labels: bool = True,
    synthetic: SyntheticShare | None = None,
) -> LineBatches:
    """The batches of some CSVs under the parameters of a run.

    Raises:
        DataError: a CSV cannot be read, or a pack was made for another network.
    """
    check_packs(as_paths(csv_files), params.show_experiment_params())
    paths_alone = partial(
        parse_unlabelled,
        delimiter=params.csv_delimiter,
        unit_delimiter=params.string_split_delimiter,
    )
    return LineBatches(
        csv_files,
        Geometry.of(params),
        parse=parse_prepared if use_labels else paths_alone,
        batch_size=batch_size,
        shuffle=shuffle,
        doses=doses_of(params.to_dict()) if augment else None,
        seed=params.seed,
        cache_mb=params.image_cache_mb,
        synthetic=synthetic,
    )


def to_dataset(
    batches: LineBatches,
    *,
    use_labels: bool = True,
    num_epochs: int | None = None,
    initial_epoch: int = 0,
) -> tf.data.Dataset:
    """Batches as a `tf.data` set that prepares a few ahead, from epoch `initial_epoch` on."""
    height_px, channels = batches.geometry.input_shape[0], batches.geometry.channels
    images = {
        "input_images": tf.TensorSpec((None, height_px, None, channels), tf.float32),
        "input_seq_length": tf.TensorSpec((None, 1), tf.int32),
    }
    labels = {
        "label_codes": tf.TensorSpec((None, None), tf.int32),
        "label_seq_length": tf.TensorSpec((None, 1), tf.int32),
    }
    names = {"filename_images": tf.TensorSpec((None, 1), tf.string)}
    signature: Any = (images | labels, tf.TensorSpec((None,), tf.float32))
    shape = labelled if use_labels else unlabelled

    def generate() -> Iterator[Any]:
        if num_epochs is None:
            epochs = batches.endless(initial_epoch)
        else:
            epochs = chain.from_iterable(map(batches.epoch, range(initial_epoch, num_epochs)))
        return map(shape, epochs)

    dataset = tf.data.Dataset.from_generator(
        generate, output_signature=signature if use_labels else images | names
    )
    # Keras warns of every end that was not announced.
    n_batches = tf.data.INFINITE_CARDINALITY
    if num_epochs is not None:
        n_batches = batches.n_batches * max(0, num_epochs - initial_epoch)
    return dataset.apply(tf.data.experimental.assert_cardinality(n_batches)).prefetch(3)


def labelled(batch: Batch) -> tuple[dict[str, NDArray[Any]], NDArray[np.float32]]:
    """A batch as the training model takes it; the target is unused, since labels are inputs."""
    inputs = {
        "input_images": batch.images,
        "input_seq_length": batch.time_steps,
        "label_codes": batch.label_codes,
        "label_seq_length": batch.label_lengths,
    }
    return inputs, np.zeros(len(batch.paths), dtype=np.float32)


def unlabelled(batch: Batch) -> dict[str, NDArray[Any]]:
    """A batch as the inference model takes it."""
    return {
        "input_images": batch.images,
        "input_seq_length": batch.time_steps,
        "filename_images": np.array([[path.encode()] for path in batch.paths], dtype=object),
    }


def log_unreadable(batches: Iterable[LineBatches]) -> None:
    """Name the images that could not be decoded in the epochs so far."""
    unreadable = {path: reason for lines in batches for path, reason in lines.unreadable.items()}
    if unreadable:
        named = "\n".join(f"  {reason}" for reason in list(unreadable.values())[:5])
        logger.warning(
            "%s images could not be decoded and were left out:\n%s", len(unreadable), named
        )


def get_resized_width(image: Any, target_height: int, increment: int) -> tuple[int, float]:
    """Width of a line after scaling to a height.

    Args:
        image: (H, W, C).
        target_height: in pixels.
        increment: the new width is a multiple of this, and at least this.

    Returns:
        The new width in pixels, and the ratio of the original width to its height.
    """
    height, width = np.shape(image)[:2]
    return resized_width_px((height, width), target_height, increment), width / height


def padding_inputs_width(image: Any, target_shape: tuple[int, int], increment: int) -> PaddedLine:
    """Scale a line to the target height and fill up its width with zeros on the right.

    Args:
        image: (H, W, C), 0 to 255.
        target_shape: (height, width) in pixels; a line that would be wider is squeezed to the
            width.
        increment: widths are multiples of this.

    Returns:
        The image (height, width, C) as float32, and how many columns of it are the line.
    """
    line = as_line_image(image, 3 if np.shape(image)[-1] == 3 else 1)
    new_width, _ = get_resized_width(line, target_shape[0], increment)
    new_width = min(new_width, target_shape[1])
    resized = resize(line, target_shape[0], new_width).astype(np.float32)
    return PaddedLine(pad_width(resized, target_shape[1]), new_width)


def augment_data(
    image: Any,
    max_rotation: float = 0.1,
    minimum_width: int = 0,
    rng: np.random.Generator | None = None,
) -> NDArray[np.uint8]:
    """Random brightness, contrast, rotation with a crop; for colour also hue and saturation.

    Args:
        image: (H, W, C), 0 to 255.
        max_rotation: radians, either way.
        minimum_width: an image whose crop would not be wider than this is not rotated.
        rng: source of all randomness; a fresh one without.

    Returns:
        (H', W', C).
    """
    rng = rng or np.random.default_rng()
    coloured = random_colour(np.asarray(image, dtype=np.uint8), rng)
    return random_rotation(coloured, max_rotation, rng, minimum_width=minimum_width)

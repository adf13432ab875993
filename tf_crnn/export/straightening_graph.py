"""`tf_crnn.straightening` by TensorFlow's operations, for exports that take pixels."""

from typing import Any

import tensorflow as tf

from tf_crnn import straightening as rules


def straighten(picture: Any, grey: Any) -> Any:
    """The line along its course.

    Args:
        picture: (H, W, C) float32, 0 to 255.
        grey: (H, W, 1) of it.

    Returns:
        (H', W, C), whole numbers.
    """
    shape = tf.shape(picture)
    height, width = tf.cast(shape[0], tf.float32), shape[1]
    middle, half_height = _find_course(grey)
    n_rows = tf.maximum(rules.LEAST_HEIGHT_PX, tf.cast(tf.floor(2 * half_height + 0.5), tf.int32))
    places = (tf.range(tf.cast(n_rows, tf.float32)) + 0.5) / tf.cast(n_rows, tf.float32)
    offsets = places * 2 * half_height - half_height
    rows = tf.clip_by_value(middle[None] + offsets[:, None], 0.0, height - 1)  # (H', W)
    above = tf.cast(tf.floor(rows), tf.int32)
    below = tf.minimum(above + 1, shape[0] - 1)
    share = (rows - tf.cast(above, tf.float32))[:, :, None]
    pixels = tf.reshape(picture, (-1, shape[2]))
    first, second = (
        tf.gather(pixels, index * width + tf.range(width)[None]) for index in (above, below)
    )
    return tf.floor(first * (1 - share) + second * share + 0.5)


def _find_course(grey: Any) -> tuple[Any, Any]:
    """Middle of the script in each column (W,), and rows to keep above and below it."""
    shape = tf.shape(grey)
    size = tf.cast(shape, tf.float32)
    height, width = size[0], size[1]
    n_columns = tf.maximum(1, (2 * shape[1] * rules.HEIGHT_PX + shape[0]) // (2 * shape[0]))
    small = tf.image.resize(grey, (rules.HEIGHT_PX, n_columns), antialias=True)
    ink = _find_ink(tf.clip_by_value(tf.round(small), 0.0, 255.0))  # (H, W)
    rows = tf.range(rules.HEIGHT_PX, dtype=tf.float32)[:, None]
    untouched = rules.HEIGHT_PX / (2 * rules.KEPT_DEVIATIONS)
    middle, deviation, weights = tf.zeros_like(ink[0]), tf.constant(untouched), ink
    for number in range(rules.N_PASSES):
        if number:
            near = (rows - middle) / (rules.NEARNESS * deviation)
            weights = ink * tf.exp(-0.5 * near * near)
        middle = _smooth_middle(weights, rows)
        squares = tf.reduce_sum(ink * (rows - middle) ** 2) + rules.PRIOR * untouched**2
        deviation = tf.sqrt(squares / (tf.reduce_sum(ink) + rules.PRIOR))
    scale = height / rules.HEIGHT_PX
    places = (tf.range(width) + 0.5) * (tf.cast(n_columns, tf.float32) / width) - 0.5
    kept = tf.clip_by_value(
        rules.KEPT_DEVIATIONS * deviation * scale,
        rules.LEAST_KEPT * height,
        rules.MOST_KEPT * height,
    )
    return (_interpolated(middle, places) + 0.5) * scale - 0.5, kept


def _find_ink(grey: Any) -> Any:
    margin = rules.CLOSING_PX - 1
    paper = grey
    for axis in (0, 1):
        size = tf.shape(grey)[axis]
        places = tf.clip_by_value(tf.range(-margin, size + margin), 0, size - 1)
        paper = tf.gather(paper, places, axis=axis)
    pool = {"ksize": rules.CLOSING_PX, "strides": 1, "padding": "VALID"}
    dilated = tf.nn.max_pool2d(paper[None], **pool)
    closed = -tf.nn.max_pool2d(-dilated, **pool)
    ink = (closed[0] - grey)[:, :, 0]
    return tf.maximum(ink - rules.LEAST_INK * tf.reduce_max(ink), 0.0)


def _smooth_middle(weights: Any, rows: Any) -> Any:
    total, moment = tf.reduce_sum(weights, axis=0), tf.reduce_sum(weights * rows, axis=0)
    mass = tf.reduce_sum(total) + rules.PRIOR
    general = (tf.reduce_sum(moment) + rules.PRIOR * (rules.HEIGHT_PX - 1) / 2) / mass
    columns = tf.range(tf.cast(tf.shape(total)[0], tf.float32))
    from_centre = columns - tf.reduce_sum(total * columns) / mass
    spread = tf.reduce_sum(total * from_centre**2) + mass * rules.LEAST_SPREAD_PX**2
    rise = tf.reduce_sum(from_centre * (moment - total * general)) / spread
    trend = general + rise * from_centre
    kernel = tf.constant(rules.bell_curve())[:, None, None]
    both = tf.stack([total, moment - total * trend])[:, :, None]  # (2, W, 1)
    smoothed = tf.nn.conv1d(both, kernel, stride=1, padding="SAME")[:, :, 0]
    prior = rules.PRIOR_SHARE * tf.reduce_max(smoothed[0]) + rules.PRIOR
    return trend + smoothed[1] / (smoothed[0] + prior)


def _interpolated(values: Any, places: Any) -> Any:
    """Values between whole places; those of the ends beyond them."""
    last = tf.shape(values)[0] - 1
    places = tf.clip_by_value(places, 0.0, tf.cast(last, tf.float32))
    before = tf.cast(tf.floor(places), tf.int32)
    share = places - tf.cast(before, tf.float32)
    return (
        tf.gather(values, before) * (1 - share)
        + tf.gather(values, tf.minimum(before + 1, last)) * share
    )

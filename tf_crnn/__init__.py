"""Text-line recognition: train, compare and use CRNN models. Importing this loads no TensorFlow."""

__version__ = "0.1.0"

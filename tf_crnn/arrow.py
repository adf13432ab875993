"""The library that reads and writes parquet, where it is installed, and names shared by both."""

from types import ModuleType

from tf_crnn.errors import DataError

try:
    import pyarrow
    import pyarrow.parquet
except ImportError:
    pyarrow = None

# What Hugging Face calls the splits, in the names of its files.
HUB_SPLITS = {"train": "train", "val": "validation", "test": "test"}


def load_pyarrow() -> ModuleType:
    """The library, with `pyarrow.parquet`.

    Raises:
        DataError: it is not installed.
    """
    if pyarrow is None:
        raise DataError('parquet needs: pip install "tf_crnn[data]"')
    library: ModuleType = pyarrow
    return library

"""Images named `id_label.png`, as CNN_LSTM_CTC_Tensorflow reads them."""

import os
from collections.abc import Iterator
from pathlib import Path

from tf_crnn.errors import DataError
from tf_crnn.importers.names import split_of_folders
from tf_crnn.importers.pairing import image_end_of
from tf_crnn.importers.sample import Importer, Sample
from tf_crnn.rejections import Rejection


def read(source: Path) -> Iterator[Sample | Rejection]:
    """The images of a folder and of those below it, by name.

    Raises:
        DataError: it is no folder, or there is no image.
    """
    if not source.is_dir():
        raise DataError(f"{source}: is no folder. Name the folder of the images.")
    row = 0
    for folder, folders, names in os.walk(source):
        folders.sort()
        for name in sorted(names):
            if image_end_of(name):
                row += 1
                yield _sample(Path(folder, name), source, row)
    if not row:
        raise DataError(f"{source}: holds no image, neither itself nor in its folders.")


def _sample(image: Path, source: Path, row: int) -> Sample | Rejection:
    path = image.relative_to(source)
    # Up to the last dot: a label may hold dots and underscores.
    _, underscore, label = image.stem.partition("_")
    if not underscore:
        reason = "no label: the name is not id_label, with an underscore between"
        return Rejection(source, row, path.as_posix(), "no label in the name", reason)
    name = path.with_suffix("").as_posix()
    split = split_of_folders(Path(source.name, path))
    return Sample(source, row, name=name, image=image, label=label, split=split)


IMPORTER = Importer(
    read,
    "A folder of images named `id_label.png`, also in folders below it; the label is what stands "
    "between the first underscore and the last dot. Folders train, val and test are the splits.",
)

"""READ 2016: council minutes from Bozen, 1470 to 1805, the data of the ICFHR 2016 competition.

Published at https://zenodo.org/records/1164045 as `Train-And-Val-ICFHR-2016.tgz` and
`Test-ICFHR-2016.tgz`. Layout, as its readers describe it (Laia's recipe, VerticalAttentionOCR):
`PublicData/{Training,Validation}/page/*.xml`, the page images in `PublicData/.../Images/`;
`Test-ICFHR-2016/page/*.xml`, the images above that folder.
"""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tf_crnn.errors import DataError
from tf_crnn.importers import page_xml
from tf_crnn.importers.archives import ArchiveError
from tf_crnn.importers.pages import OPTIONS
from tf_crnn.importers.sample import Importer, Sample
from tf_crnn.importers.source_files import SourceFile, walk
from tf_crnn.rejections import Rejection

_FILE = re.compile(
    r"(?:^|/)(training|validation|test)[^/]*/(?:(page|images)/)?"
    r"([\w .-]+\.(?:xml|jpe?g|png|tiff?))$",
    re.IGNORECASE,
)
_SPLITS = {"training": "train", "validation": "val", "test": "test"}
_PAGE_OPTIONS = tuple(option for option in OPTIONS if option.name not in ("images", "level"))


class _Pages(NamedTuple):
    """Pages of one split.

    Attributes:
        folder: of the XML files.
        images: folder of the images, empty if they lie beside the XML files or one above.
        split: train, val or test.
        archive: that the files were in, if they were.
    """

    folder: Path
    images: str
    split: str
    archive: Path | None


def read(source: Path, **how: object) -> Iterator[Sample | Rejection]:
    """The lines of all pages, as the importer of PAGE cuts them; the document is the page.

    The transcriptions have no mark-up; `¬` at the end of a line, a word that goes on, stays.

    XML and images of an archive are written to a temporary folder first, under names of their own.

    Args:
        source: the folder of the two archives, one of them, or a folder of what they hold.
        how: options of the importer of PAGE.

    Raises:
        DataError: the source is no folder or archive, or not of this layout, or there is no room
            for the temporary folder.
    """
    with tempfile.TemporaryDirectory(prefix="read2016-") as temporary:
        places: dict[Path, _Pages] = {}
        for file in walk(source):
            if isinstance(file, Rejection):
                yield file
            elif pages := _take(file, Path(temporary)):
                places[pages.folder] = pages
        if not places:
            raise DataError(
                f"{source}: is no copy of READ 2016. It needs PublicData/Training/page/*.xml, "
                "PublicData/Validation/page/*.xml or Test-ICFHR-2016/page/*.xml with the images of "
                "these pages, or their archives."
            )
        for place in places.values():
            for found in page_xml.read(place.folder, images=place.images, **how):  # type: ignore[arg-type]
                yield _placed(found, place)


def _take(file: SourceFile, temporary: Path) -> _Pages | None:
    """The pages that a file is one of; what is in an archive is written out."""
    found = _FILE.search(file.name)
    if not found:
        return None
    split, is_page = _SPLITS[found[1].lower()], found[3].lower().endswith(".xml")
    if is_page and (found[2] or "").lower() != "page":
        return None
    if not file.is_stored:
        images = file.holder.parent.parent / "Images"
        place = str(images) if images.is_dir() else ""
        return _Pages(file.holder.parent, place, split, None) if is_page else None
    folder = temporary / split / "page" if is_page else temporary / split
    _write_out(file, folder, found[3])
    return _Pages(folder, "", split, file.holder) if is_page else None


def _write_out(file: SourceFile, folder: Path, name: str) -> None:
    try:
        content = file.content()
    except ArchiveError:
        # A link: images are linked to from other folders, or missing, which the page then names.
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    except OSError as error:
        raise DataError(
            f"{folder}: cannot be written ({error.strerror}). Name a folder with more room by "
            "TMPDIR, or unpack the archive yourself."
        ) from error


def _placed(found: Sample | Rejection, place: _Pages) -> Sample | Rejection:
    if isinstance(found, Sample):
        source = place.archive or found.source
        return found._replace(split=place.split, source=source)
    if place.archive is None:
        return found
    reason = found.reason.replace(str(place.folder.parent), place.archive.name)
    return found._replace(csv_path=place.archive, reason=reason)


IMPORTER = Importer(
    read,
    "READ 2016 (ICFHR 2016): its folder, or its archives as they are downloaded.",
    _PAGE_OPTIONS,
)

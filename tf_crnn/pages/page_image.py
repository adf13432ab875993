"""The image of a page: where it lies, and how its pixels relate to the numbers in the XML."""

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from tf_crnn.errors import DataError, LineImageError
from tf_crnn.images import IMAGE_SUFFIXES
from tf_crnn.pages.text_line import Points, parse_number
from tf_crnn.pages.xml_tree import ALTO, Document

_UNITS_PER_INCH = {"mm10": 254.0, "inch1200": 1200.0}
# Rounding of both sides after a page was scaled.
_PROPORTION = 0.01


class Described(NamedTuple):
    """What an XML says of its image.

    Attributes:
        image_name: as written; it is from a stranger.
        width: of the page in the XML's unit, empty if not given.
        height: of the page in the XML's unit, empty if not given.
        unit: 'pixel', 'mm10' or 'inch1200'.
    """

    image_name: str
    width: str
    height: str
    unit: str = "pixel"


def describe(document: Document) -> Described:
    """What a PAGE or ALTO document says of its image."""
    page = next(document.root.iter("{*}Page"), None)
    if document.kind == ALTO:
        name = next(document.root.iter("{*}fileName"), None)
        unit = next(document.root.iter("{*}MeasurementUnit"), None)
        return Described(
            (name.text or "").strip() if name is not None else "",
            page.get("WIDTH", "") if page is not None else "",
            page.get("HEIGHT", "") if page is not None else "",
            ((unit.text or "").strip() if unit is not None else "") or "pixel",
        )
    if page is None:
        return Described("", "", "")
    return Described(
        page.get("imageFilename", ""), page.get("imageWidth", ""), page.get("imageHeight", "")
    )


class ImageFinder:
    """Finds the images of pages; each folder is listed once.

    An image is looked for in `images`, beside the XML, and in the folder above: by the file name
    that the XML gives, of which any folders are ignored, then by the name of the XML with an
    image's suffix. Names are compared with those that the folders hold, so that none leads
    elsewhere.
    """

    def __init__(self, images: Path | None = None) -> None:
        """Look in a folder of images first, where one is given.

        Raises:
            DataError: it is not there.
        """
        if images is not None and not images.is_dir():
            raise DataError(f"{images}: no such folder of images.")
        self._images = images
        self._listed: dict[Path, Mapping[str, Path]] = {}

    def find(self, xml_path: Path, image_name: str) -> Path:
        """The image of a page.

        Args:
            xml_path: of the page.
            image_name: as the XML gives it: a name, a path or a URL.

        Raises:
            LineImageError: there is none; the message is the reason.
        """
        beside = xml_path.resolve().parent
        named = image_name.split("?")[0].replace("\\", "/").rpartition("/")[2]
        stems = dict.fromkeys((xml_path.stem, Path(xml_path.stem).stem))
        similar = (f"{stem}{suffix}" for stem in stems for suffix in sorted(IMAGE_SUFFIXES))
        names = [name.lower() for name in (named, *similar)]
        for group in ([self._images] if self._images else [], [beside, beside.parent]):
            for name, folder in itertools.product(names, group):
                if name in (files := self._files_of(folder)):
                    return files[name]
        shown = f"image {named!r}" if named else "image"
        folders = [*([self._images] if self._images else []), beside, beside.parent]
        places = ", ".join(str(folder) for folder in dict.fromkeys(folders))
        raise LineImageError(
            f"missing image: neither {shown} nor one named like {xml_path.name} is in {places}"
        )

    def _files_of(self, folder: Path) -> Mapping[str, Path]:
        """Files of a folder by their names in lower case."""
        if folder not in self._listed:
            try:
                paths = sorted(folder.iterdir(), reverse=True)
            except OSError:
                paths = []
            self._listed[folder] = {path.name.lower(): path for path in paths}
        return self._listed[folder]


def pixels_per_unit(
    described: Described, size_px: tuple[int, int], dpi: float, image_path: Path
) -> Points:
    """By what x and y of the XML are multiplied to be pixels of the image, (2,).

    Args:
        described: what the XML says.
        size_px: (height, width) of the image.
        dpi: dots per inch of the image, 0 if not given.
        image_path: asked for its dots per inch where these are needed.

    Raises:
        LineImageError: image and XML have not the same proportions, or the resolution is not known.
    """
    height_px, width_px = size_px
    per_inch = _UNITS_PER_INCH.get(described.unit)
    if per_inch is None and described.unit != "pixel":
        raise LineImageError(f"MeasurementUnit {described.unit!r} is not pixel, mm10 or inch1200")
    if per_inch and dpi:
        return np.full(2, dpi / per_inch)
    if described.width and described.height:
        return _proportion(described, width_px, height_px)
    if per_inch:
        return _dots_per_inch(image_path) / per_inch
    return np.ones(2)


def _proportion(described: Described, width_px: int, height_px: int) -> Points:
    try:
        width = parse_number(described.width, "the width of the page")
        height = parse_number(described.height, "the height of the page")
    except ValueError as error:
        raise LineImageError(str(error)) from error
    if width <= 0 or height <= 0:
        return np.ones(2)
    scale = np.array([width_px / width, height_px / height])
    if abs(scale[0] / scale[1] - 1) > max(_PROPORTION, 1.5 / width, 1.5 / height):
        turned = (
            " It may be turned." if abs(width / height * width_px / height_px - 1) < 0.01 else ""
        )
        raise LineImageError(
            f"the image has {width_px} x {height_px} pixels, but the XML was made for {width:g} x "
            f"{height:g}.{turned}"
        )
    return scale


def _dots_per_inch(image_path: Path) -> Points:
    with Image.open(image_path) as image:
        dpi = image.info.get("dpi", (0, 0))
    if not all(1 < float(value) < 100_000 for value in dpi):
        raise LineImageError(
            "neither the XML's page size nor the image's resolution is known; give it with --dpi"
        )
    return np.array([float(value) for value in dpi])

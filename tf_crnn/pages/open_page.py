"""A page with its image in memory and its lines in pixels, ready to be cut."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tf_crnn.errors import LineImageError
from tf_crnn.images import read_image
from tf_crnn.pages.cutting import CutLine, Cutting, cut_line
from tf_crnn.pages.geometry import line_distance
from tf_crnn.pages.page_image import ImageFinder, describe, pixels_per_unit
from tf_crnn.pages.text_line import Points, TextLine
from tf_crnn.pages.xml_tree import Document

# Where no two baselines tell their distance.
_LINES_OF_A_PAGE = 30
_LEAST_DISTANCE_PX = 8.0


@dataclass(frozen=True)
class OpenPage:
    """A page.

    Attributes:
        document: its XML.
        image: (H, W, C).
        scale: (2,) pixels per unit of the XML, in x and y.
        line_distance_px: between baselines.
    """

    document: Document
    image: NDArray[np.uint8]
    scale: Points
    line_distance_px: float

    def cut(self, line: TextLine, cutting: Cutting) -> CutLine:
        """Cut a line of the page out.

        Args:
            line: as its XML gives it.
            cutting: how.

        Raises:
            LineImageError: it has no place on the page; the message is the reason.
        """
        return cut_line(self.image, _scaled(line, self.scale), cutting, self.line_distance_px)


def open_page(
    document: Document, lines: Sequence[TextLine], finder: ImageFinder, dpi: float = 0
) -> OpenPage:
    """Read the image of a page.

    Args:
        document: PAGE or ALTO.
        lines: of the document, for the distance between them.
        finder: knows where images lie.
        dpi: dots per inch of the image, 0 if not known.

    Raises:
        LineImageError: the image is missing or unreadable, or does not fit the XML; the message is
            the reason.
    """
    described = describe(document)
    path = finder.find(document.path, described.image_name)
    image = read_image(path)
    try:
        scale = pixels_per_unit(described, (image.shape[0], image.shape[1]), dpi, path)
    except LineImageError as error:
        raise LineImageError(f"{path}: {error}") from error
    baselines = [line.baseline * scale for line in lines if line.baseline is not None]
    distance = line_distance(baselines) or image.shape[0] / _LINES_OF_A_PAGE
    return OpenPage(document, image, scale, max(distance, _LEAST_DISTANCE_PX))


def _scaled(line: TextLine, scale: Points) -> TextLine:
    if (scale == 1).all():
        return line
    outline, box, baseline = (
        None if points is None else points * scale
        for points in (line.outline, line.box, line.baseline)
    )
    return replace(line, outline=outline, box=box, baseline=baseline)

"""Line images cut out of a page, the one way for importing and for reading."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tf_crnn.errors import DataError, LineImageError
from tf_crnn.pages.frames import Frame, StraightFrame, curved_frame, straight_frame
from tf_crnn.pages.geometry import area, bounds, clip, corners, densify, strip
from tf_crnn.pages.text_line import Points, TextLine

CUTS = ("polygon", "box")
BACKGROUNDS = ("median", "white")
# Of the distance between two baselines.
_ABOVE, _BELOW = 0.75, 0.3
_LEAST_SIDE_PX = 2
_LEAST_AREA_PX = 4.0

Image = NDArray[np.uint8]


@dataclass(frozen=True)
class Cutting:
    """How lines are cut.

    Attributes:
        cut: 'polygon' takes the smallest rectangle around the line's outline, 'box' the one around
            its box on the page, which is larger where the line is turned.
        mask: pixels outside the outline become background, so that neighbours do not reach in.
        background: 'median' is the median colour within the outline, mostly that of the paper.
        straighten: lines with a baseline are cut along it, so that curved and slanted ones become
            straight.
        line_height: of lines that have only a baseline, in pixels; 0 takes the distance between the
            page's baselines.

    Raises:
        DataError: a value that is none of these.
    """

    cut: str = "polygon"
    mask: bool = True
    background: str = "median"
    straighten: bool = False
    line_height: int = 0

    def __post_init__(self) -> None:
        """Check the values."""
        if self.cut not in CUTS:
            raise DataError(f"cut {self.cut!r}: must be one of {', '.join(CUTS)}.")
        if self.background not in BACKGROUNDS:
            raise DataError(f"background {self.background!r}: must be median or white.")
        if self.line_height < 0:
            raise DataError(f"line_height {self.line_height}: must be 0 or more pixels.")


@dataclass(frozen=True)
class CutLine:
    """A line image and where it lies.

    Attributes:
        image: (H, W, C), as the page.
        frame: from its pixels to the page's.
        outline: (N, 2) of the line on the page.
    """

    image: Image
    frame: Frame
    outline: Points

    def place(self, start_px: float, end_px: float) -> Points:
        """The outline on the page of what stands between two columns of the line image."""
        inner = self.frame.from_page(densify(self.outline, 8.0, closed=True))
        within = clip(inner, np.array([start_px, -np.inf]), np.array([end_px, np.inf]))
        top, bottom = 0.0, float(self.frame.height_px)
        if len(within):
            top, bottom = max(top, within[:, 1].min()), min(bottom, within[:, 1].max())
        if bottom - top < 1:
            top, bottom = 0.0, float(self.frame.height_px)
        return self.frame.rectangle(np.array([start_px, top]), np.array([end_px, bottom]))


def cut_line(page: Image, line: TextLine, cutting: Cutting, line_distance_px: float) -> CutLine:
    """Cut a line out of its page.

    Args:
        page: (H, W, C).
        line: with its outline, box and baseline in pixels of the page.
        cutting: how.
        line_distance_px: the distance between baselines, for lines that have only a baseline.

    Raises:
        LineImageError: the line has no place, or none on the page; the message is the reason.
    """
    outline = _clipped(_outline(line, cutting, line_distance_px), page)
    region = outline
    if cutting.cut == "box":
        region = _clipped(line.box if line.box is not None else corners(*bounds(outline)), page)
    frame = _frame(line, region, cutting)
    shown = outline if cutting.cut == "polygon" else region
    if _is_filled(frame, shown):
        return CutLine(np.ascontiguousarray(_pixels(page, frame)), frame, region)
    background = _background(page, outline, cutting)
    image = _sampled(page, frame, background)
    if cutting.mask:
        image = np.where(_mask(page.shape, frame, shown)[:, :, None], image, background)
    return CutLine(np.ascontiguousarray(image), frame, region)


def _outline(line: TextLine, cutting: Cutting, line_distance_px: float) -> Points:
    if line.problem:
        raise LineImageError(line.problem)
    if line.outline is not None and len(line.outline):
        if len(line.outline) < 3:
            raise LineImageError(f"its outline has {len(line.outline)} points, fewer than 3")
        return line.outline
    if line.baseline is None or not len(line.baseline):
        raise LineImageError("neither outline nor baseline")
    if not np.ptp(line.baseline, axis=0).any():
        raise LineImageError("its baseline is a single point")
    if cutting.line_height:
        share = _ABOVE / (_ABOVE + _BELOW)
        above = cutting.line_height * share
        return strip(line.baseline, above, cutting.line_height - above)
    return strip(line.baseline, _ABOVE * line_distance_px, _BELOW * line_distance_px)


def _clipped(outline: Points, page: Image) -> Points:
    height, width = page.shape[:2]
    size = np.array([width, height], dtype=np.float64)
    is_inside = len(outline) and outline.min() >= 0 and (outline <= size).all()
    inside = outline if is_inside else clip(outline, np.zeros(2), size)
    if not len(inside):
        shown = " ".join(f"{x:g},{y:g}" for x, y in outline[:3])
        raise LineImageError(
            f"its outline {shown} ... is outside of the image of {width} x {height} pixels"
        )
    hull = cv2.convexHull(inside.astype(np.float32))
    if cv2.contourArea(hull) < _LEAST_AREA_PX or np.ptp(inside, axis=0).min() < _LEAST_SIDE_PX:
        raise LineImageError("its outline holds no pixels of the image")
    return inside


def _frame(line: TextLine, region: Points, cutting: Cutting) -> Frame:
    baseline = line.baseline
    if cutting.straighten and baseline is not None and len(baseline) > 1:
        height_px = area(region) / max(1.0, float(np.ptp(region, axis=0).max()))
        curved = curved_frame(region, baseline, height_px)
        if curved is not None:
            return curved
    angle = line.angle_deg
    if angle is None:
        angle = _upright_angle(baseline) if baseline is not None and len(baseline) > 1 else 0.0
    return straight_frame(region, angle)


def _upright_angle(baseline: Points) -> float:
    """Whole quarters that lay a baseline down: for vertical lines of which nothing else tells."""
    right, down = baseline[-1] - baseline[0]
    return float(-90 * np.rint(np.rad2deg(np.arctan2(down, right)) / 90))


def _background(page: Image, outline: Points, cutting: Cutting) -> Image:
    """(C,) the colour beside a line."""
    if cutting.background == "white":
        return np.full(page.shape[2], 255, dtype=np.uint8)
    least, greatest = _pixel_bounds(outline, page.shape)
    part = page[least[1] : greatest[1], least[0] : greatest[0]]
    inside = _drawn(part.shape, outline - least)
    return np.asarray(np.median(part[inside], axis=0), dtype=np.uint8)


def _is_filled(frame: Frame, outline: Points) -> bool:
    """Whether an outline is the whole of an upright frame, so that nothing is background."""
    if not (isinstance(frame, StraightFrame) and frame.is_upright and len(outline) == 4):
        return False
    # Rounding to whole pixels takes less than two of each side.
    return area(outline) > (frame.width_px - 2) * (frame.height_px - 2)


def _pixels(page: Image, frame: Frame) -> Image:
    """Those of an upright frame, as they are."""
    [(left, top)] = np.rint(frame.to_page(np.zeros((1, 2)))).astype(int)
    return page[top : top + frame.height_px, left : left + frame.width_px]


def _sampled(page: Image, frame: Frame, background: Image) -> Image:
    if isinstance(frame, StraightFrame) and frame.is_upright:
        return _pixels(page, frame)
    part, x, y = _around(page, frame)
    border = tuple(int(value) for value in background)
    image = cv2.remap(
        part, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=border
    )
    return np.asarray(image, dtype=np.uint8).reshape(frame.height_px, frame.width_px, -1)


def _mask(shape: tuple[int, ...], frame: Frame, outline: Points) -> NDArray[np.bool_]:
    """(H, W) of a cut line: where its pixels are within an outline of the page."""
    size = (frame.height_px, frame.width_px)
    if isinstance(frame, StraightFrame):
        return _drawn(size, frame.from_page(outline))
    least, greatest = _pixel_bounds(outline, shape)
    inside = _drawn(tuple(greatest[::-1] - least[::-1]), outline - least).astype(np.uint8)
    x, y = _places(frame)
    drawn = cv2.remap(
        inside, x - np.float32(least[0]), y - np.float32(least[1]), cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_CONSTANT, borderValue=0,
    )  # fmt: skip
    return np.asarray(drawn).reshape(size) > 0


def _drawn(shape: tuple[int, ...], outline: Points) -> NDArray[np.bool_]:
    """(H, W): which pixels are within an outline."""
    canvas = np.zeros(shape[:2], dtype=np.uint8)
    # Positions are corners of pixels, while OpenCV counts from their centres.
    cv2.fillPoly(canvas, [np.rint(outline - 0.5).astype(np.int32)], 1)
    return canvas.astype(bool)


def _pixel_bounds(
    outline: Points, shape: tuple[int, ...]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    least, greatest = bounds(outline)
    size = np.array([shape[1], shape[0]])
    first = np.clip(np.floor(least), 0, size - 1).astype(np.int64)
    behind = np.clip(np.ceil(greatest), first + 1, size).astype(np.int64)
    return first, behind


def _places(frame: Frame) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Index of the page's column and row for each pixel of a cut line, (H, W) each."""
    x, y = np.meshgrid(np.arange(frame.width_px) + 0.5, np.arange(frame.height_px) + 0.5)
    places = frame.to_page(np.stack((x.ravel(), y.ravel()), axis=1)) - 0.5
    shape = (frame.height_px, frame.width_px)
    return (
        places[:, 0].reshape(shape).astype(np.float32),
        places[:, 1].reshape(shape).astype(np.float32),
    )


def _around(page: Image, frame: Frame) -> tuple[Image, NDArray[np.float32], NDArray[np.float32]]:
    """The part of a page that a frame needs, and where in it: OpenCV takes 32,767 pixels."""
    x, y = _places(frame)
    height, width = page.shape[:2]
    left, top = max(0, int(x.min()) - 1), max(0, int(y.min()) - 1)
    right, bottom = min(width, int(x.max()) + 3), min(height, int(y.max()) + 3)
    part = np.ascontiguousarray(page[top:bottom, left:right])
    return part, x - np.float32(left), y - np.float32(top)

"""Small pictures of lines."""

import base64
import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tf_crnn.comparison.pictures import make_pictures
from tf_crnn.comparison.result import ComparedLine

HEIGHT_PX = 40


def line(*paths: Path, edits: tuple[int, ...] = (1, 0)) -> ComparedLine:
    return ComparedLine("val.csv", 1, tuple(map(str, paths)), None, "ab", ("a", "ab"), edits)


def decode(uri: str) -> Image.Image:
    head, _, content = uri.partition(",")
    assert head == "data:image/webp;base64"
    return Image.open(io.BytesIO(base64.b64decode(content)))


def draw(path: Path, size: tuple[int, int], seed: int = 0, mode: str = "L") -> Path:
    noise = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], len(mode)))
    Image.fromarray(np.uint8(noise.squeeze())).save(path)
    return path


def test_a_picture_is_the_line_scaled_down(tmp_path: Path) -> None:
    half = np.full((120, 600), 255, dtype=np.uint8)
    half[:, :300] = 0
    Image.fromarray(half).save(tmp_path / "a.png")

    [uri] = make_pictures([line(tmp_path / "a.png")], 10**6).uris.values()

    picture = np.asarray(decode(uri).convert("L"))
    assert picture.shape == (HEIGHT_PX, 5 * HEIGHT_PX)
    assert picture[:, : 2 * HEIGHT_PX].max() < 30
    assert picture[:, 3 * HEIGHT_PX :].min() > 225


@pytest.mark.parametrize(
    ("size", "scaled"), [((60, 20), (60, 20)), ((9000, 80), (900, 8)), ((1, 400), (1, 40))]
)
def test_pictures_are_not_enlarged_and_not_too_wide(
    tmp_path: Path, size: tuple[int, int], scaled: tuple[int, int]
) -> None:
    path = draw(tmp_path / "a.png", size)

    [uri] = make_pictures([line(path)], 10**6).uris.values()

    assert decode(uri).size == scaled


def test_colours_stay(tmp_path: Path) -> None:
    Image.new("RGB", (100, 40), (250, 0, 0)).save(tmp_path / "a.png")

    [uri] = make_pictures([line(tmp_path / "a.png")], 10**6).uris.values()

    red, green, blue = decode(uri).convert("RGB").getpixel((50, 20))
    assert red > 200
    assert max(green, blue) < 60


def test_the_first_path_that_can_be_read_is_taken(tmp_path: Path) -> None:
    (tmp_path / "damaged.png").write_bytes(b"\x89PNG")
    paths = (tmp_path / "gone.png", tmp_path / "damaged.png", draw(tmp_path / "a.png", (50, 40)))

    pictures = make_pictures([line(*paths)], 10**6)

    assert decode(pictures.uris[0]).size == (50, 40)


def test_lines_without_a_readable_image_are_counted(tmp_path: Path) -> None:
    (tmp_path / "damaged.png").write_bytes(b"\x89PNG")
    lines = [
        line(tmp_path / "gone.png"),
        line(draw(tmp_path / "a.png", (50, 40))),
        line(tmp_path / "damaged.png"),
        line(tmp_path),
    ]

    pictures = make_pictures(lines, 10**6)

    assert list(pictures.uris) == [1]
    assert (pictures.n_unreadable, pictures.n_left_out) == (3, 0)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")

    assert make_pictures([line(tmp_path / "pipe.png")], 10**6).n_unreadable == 1


def test_where_room_is_short_the_greatest_differences_have_pictures(tmp_path: Path) -> None:
    edits = [(3, 3), (0, 9), (1, 0), (7, 0), (2, 2)]
    lines = [
        line(draw(tmp_path / f"{n}.png", (400, 40), seed=n), edits=both)
        for n, both in enumerate(edits)
    ]
    sizes = [len(uri) for uri in make_pictures(lines, 10**9).uris.values()]

    pictures = make_pictures(lines, int(2.5 * max(sizes)))

    assert sorted(pictures.uris) == [1, 3]
    assert (pictures.n_unreadable, pictures.n_left_out) == (0, 3)


def test_no_room_means_no_pictures(tmp_path: Path) -> None:
    pictures: Any = make_pictures([line(draw(tmp_path / "a.png", (50, 40)))], -5)

    assert pictures == ({}, 0, 1)

"""What all augmentations keep, and a line with several of them."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from tf_crnn.augmentation import AUGMENTATIONS, COLOUR_ONLY
from tf_crnn.augmentation.line import Dose, Sizes, augment_line, doses_of, draw_sizes
from tf_crnn.config import Params

PAPER = 20  # A dark page: its background is not white.
# The others are strengths from 0 to 1.
FULL = {
    "rotation": 0.3,
    "slant": 1.0,
    "stretch": 0.5,
    "contrast": 0.5,
    "brightness": 0.3,
    "hue": 0.5,
}
KINDS = ("on_paper", "matrix", "field", "tone", "on_picture")


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def full(name: str) -> dict[str, Dose]:
    return {name: Dose(FULL.get(name, 1.0))}


@pytest.fixture(scope="module")
def text(draw_line: Callable[..., np.ndarray]) -> np.ndarray:
    """Grey, with room around the letters."""
    drawn = draw_line("a bad bond", height_px=32)
    return np.pad(drawn, ((8, 8), (4, 4), (0, 0)), constant_values=255)


@pytest.fixture(params=[1, 3], ids=["grey", "colour"])
def image(request: pytest.FixtureRequest, text: np.ndarray) -> np.ndarray:
    if request.param == 1:
        return text
    colour = np.repeat(text, 3, axis=2)
    return np.where(colour > 128, np.array([230, 220, 190]), np.array([90, 30, 40])).astype(
        np.uint8
    )


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_an_augmentation_is_of_one_kind_and_its_keys_exist(name: str) -> None:
    entry = AUGMENTATIONS[name]
    defaults = Params.defaults()

    assert len([kind for kind in KINDS if getattr(entry, kind)]) == 1
    assert entry.key in (f"data_augmentation_{name}", f"data_augmentation_max_{name}")
    assert entry.key in defaults
    if entry.probability_key:
        assert entry.probability_key == f"data_augmentation_{name}_probability"
        assert defaults[entry.key] == 0


def test_every_key_of_the_augmentation_has_a_reader() -> None:
    keys = {key for key in Params.defaults() if key.startswith("data_augmentation")}

    read = {key for e in AUGMENTATIONS.values() for key in (e.key, e.probability_key) if key}
    assert read | {"data_augmentation"} == keys


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_height_channels_and_type_stay_and_the_line_is_wide_enough(
    name: str, image: np.ndarray
) -> None:
    before = image.copy()
    for seed in range(20):
        changed = augment_line(image, full(name), rng(seed), fit=lambda width: max(width, 150))

        assert changed.dtype == np.uint8
        assert (changed.shape[0], changed.shape[2]) == (image.shape[0], image.shape[2])
        assert changed.shape[1] >= 150
    assert np.array_equal(image, before)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_no_strength_and_no_probability_change_nothing(name: str, image: np.ndarray) -> None:
    assert augment_line(image, {name: Dose(0.0)}, rng()) is image
    assert augment_line(image, {name: Dose(1.0, 0.0)}, rng()) is image


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_the_state_of_the_generator_decides(name: str, image: np.ndarray) -> None:
    first, again, other = (augment_line(image, full(name), rng(seed)) for seed in (1, 1, 2))

    assert np.array_equal(first, again)
    if name not in {"invert"} | (COLOUR_ONLY if image.shape[2] == 1 else set()):
        assert first.shape != other.shape or (first != other).any()


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_full_strength_is_seen(name: str, image: np.ndarray) -> None:
    if name in COLOUR_ONLY and image.shape[2] == 1:
        return
    changes = []
    for seed in range(10):
        changed = augment_line(image, full(name), rng(seed))
        shared = min(changed.shape[1], image.shape[1])
        difference = np.abs(changed[:, :shared].astype(int) - image[:, :shared])
        changes.append(difference.mean() + abs(changed.shape[1] - image.shape[1]))

    assert np.mean(changes) > 0.5


@pytest.mark.parametrize("name", AUGMENTATIONS)
@pytest.mark.parametrize("size", [(48, 1), (48, 2), (48, 5000), (1, 40), (7, 9)])
@pytest.mark.parametrize("channels", [1, 3])
def test_lines_of_any_size_are_changed(name: str, size: tuple[int, int], channels: int) -> None:
    line = np.tile(np.array([250, 250, 10, 250], np.uint8), (*size, channels))[:, : size[1]]
    line = np.ascontiguousarray(line[:, :, :channels])

    for seed in range(3):
        changed = augment_line(line, full(name), rng(seed))
        assert (changed.shape[0], changed.shape[2]) == (size[0], channels)
        assert changed.shape[1] >= 1


# A shift may bring ink to the very border; that none is lost is asked in test_augmentation_warp.
@pytest.mark.parametrize(
    "name", [n for n, e in AUGMENTATIONS.items() if (e.matrix or e.field) and n != "shift"]
)
def test_changes_of_the_shape_lose_no_ink(name: str, image: np.ndarray) -> None:
    def ink(line: np.ndarray) -> float:
        return float(np.abs(line.astype(float) - image[0, 0]).sum())

    before = ink(image)
    for seed in range(20):
        changed = augment_line(image, full(name), rng(seed))
        # Ink at the border would be cut off; what shrinks has less of it and none there.
        assert ink(changed[[0, -1]]) + ink(changed[:, [0, -1]]) < 0.02 * before


def test_the_strength_and_the_probability_of_the_configuration_are_taken() -> None:
    values = Params(
        data_augmentation_blur=0.25, data_augmentation_blur_probability=0.75,
        data_augmentation_noise=0.5, data_augmentation_noise_probability=0,
        data_augmentation_max_slant=0,
    ).to_dict()  # fmt: skip

    assert doses_of(values) == {
        "blur": Dose(0.25, 0.75),
        "rotation": Dose(0.005),
        "brightness": Dose(0.1),
        "contrast": Dose(0.5),
        "hue": Dose(0.2),
        "saturation": Dose(0.5),
    }


def test_the_probability_is_a_share_of_the_lines(text: np.ndarray) -> None:
    changed = [
        augment_line(text, {"gamma": Dose(1.0, 0.3)}, rng(seed)) is not text for seed in range(400)
    ]

    assert np.mean(changed) == pytest.approx(0.3, abs=0.07)


def test_a_misspelt_augmentation_is_refused(text: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"no augmentations: \['slnat'\]; known: .*'slant'"):
        augment_line(text, {"slnat": Dose(1.0)}, rng())


def test_sizes_that_were_drawn_ahead_count(text: np.ndarray) -> None:
    doses, sizes = {"stretch": Dose(0.5), "scale": Dose(1.0)}, Sizes(1.25, 0.8)

    changed = [augment_line(text, doses, rng(seed), sizes=sizes) for seed in range(5)]

    assert {line.shape[1] for line in changed} == {text.shape[1]}
    ink = [np.flatnonzero((line < 128).any(axis=1)) for line in (text, *changed)]
    assert all(np.ptp(rows) == pytest.approx(0.8 * np.ptp(ink[0]), abs=1) for rows in ink[1:])


def test_sizes_drawn_ahead_are_spread_as_those_drawn_for_a_line() -> None:
    doses = {"stretch": Dose(0.2), "scale": Dose(0.5, 0.4)}

    stretches, scales = draw_sizes(doses, 20_000, rng()).T

    assert [stretches.min(), stretches.max()] == pytest.approx([0.8, 1.2], abs=0.001)
    assert stretches.mean() == pytest.approx(1, abs=0.005)
    assert (scales != 1).mean() == pytest.approx(0.4, abs=0.02)
    assert [scales.min(), scales.max()] == pytest.approx([0.75, 1.125], abs=0.001)
    assert (scales < 1).mean() == pytest.approx((scales > 1).mean(), abs=0.02)
    assert (draw_sizes({}, 3, rng()) == 1).all()


def test_a_stretch_never_turns_a_line_round(text: np.ndarray) -> None:
    widths = [augment_line(text, {"stretch": Dose(5.0)}, rng(seed)).shape[1] for seed in range(30)]

    assert min(widths) == np.ceil(text.shape[1] / 10)


def test_all_together_keep_a_dark_page_dark() -> None:
    page = np.full((32, 100, 1), PAPER, dtype=np.uint8)
    doses = {name: Dose(0.3) for name in ("rotation", "slant", "stretch", "grid", "margins")}

    for seed in range(50):
        assert (augment_line(page, doses, rng(seed)) == PAPER).all()


def test_all_together_leave_a_line(image: np.ndarray) -> None:
    doses = {name: Dose(FULL.get(name, 1.0), 0.5) for name in AUGMENTATIONS}

    for seed in range(30):
        changed = augment_line(image, doses, rng(seed), fit=lambda width: width // 4 * 4 + 4)
        assert changed.dtype == np.uint8
        assert (changed.shape[0], changed.shape[2]) == (image.shape[0], image.shape[2])
        assert changed.shape[1] % 4 == 0


def test_the_meaning_of_each_key_is_of_its_own() -> None:
    meanings = [field.metadata["meaning"] for field in dataclasses.fields(Params)]

    assert len(set(meanings)) == len(meanings)

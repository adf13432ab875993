"""Batches of lines of similar width."""

import logging
from collections.abc import Callable
from functools import partial
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tf_crnn.augmentation.line import Dose, Doses
from tf_crnn.batches import Batch, LineBatches, plan_batches
from tf_crnn.errors import DataError
from tf_crnn.line_index import Geometry, parse_unlabelled
from tf_crnn.synthesis.share import SyntheticLine, SyntheticShare

GEOMETRY = Geometry(input_shape=(32, 320), channels=1, downscale=4)
STRONG = {
    "rotation": Dose(0.05), "slant": Dose(0.7), "stretch": Dose(0.9), "scale": Dose(1.0, 0.5),
    "grid": Dose(0.5, 0.5), "margins": Dose(1.0, 0.5), "contrast": Dose(0.5), "blots": Dose(1.0),
}  # fmt: skip
WIDTHS_PX = (40, 120, 60, 64, 200, 44, 80, 36, 320, 100)


def noise(width_px: int, channels: int = 1) -> np.ndarray:
    rng = np.random.default_rng(width_px)
    return rng.integers(0, 256, (32, width_px, channels), dtype=np.uint8)


@pytest.fixture
def write_lines(tmp_path: Path) -> Callable[..., Path]:
    """`write_lines(widths_px, codes)`: one image `<number>.png` a width, and their CSV."""

    def write(widths_px: tuple[int, ...], codes: tuple[int, ...] = (1, 2, 3)) -> Path:
        rows = []
        for number, width_px in enumerate(widths_px):
            path = tmp_path / f"{number}.png"
            Image.fromarray(noise(width_px)[:, :, 0]).save(path)
            rows.append(f"{path};{' '.join(map(str, codes))};{len(codes)};{width_px}\n")
        (tmp_path / "updated.csv").write_text("".join(rows))
        return tmp_path / "updated.csv"

    return write


@pytest.fixture
def updated_csv(write_lines: Callable[..., Path]) -> Path:
    return write_lines(WIDTHS_PX)


@pytest.fixture
def batches(updated_csv: Path) -> Callable[..., LineBatches]:
    """`batches(**options)`: of ten lines, four in a batch."""
    return partial(LineBatches, updated_csv, GEOMETRY, batch_size=4)


def numbers(epoch: list[Batch]) -> list[list[int]]:
    return [[int(Path(path).stem) for path in batch.paths] for batch in epoch]


def same(first: list[Batch], second: list[Batch]) -> bool:
    return all(
        np.array_equal(one, other)
        for batch, twin in zip(first, second, strict=True)
        for one, other in zip(batch, twin, strict=True)
    )


@pytest.mark.parametrize("seed", [None, 0, 1])
@pytest.mark.parametrize(("n_lines", "batch_size"), [(0, 4), (3, 4), (4, 4), (1003, 8), (50, 1)])
def test_a_plan_holds_every_line_once_in_full_batches(
    n_lines: int, batch_size: int, seed: int | None
) -> None:
    widths = np.random.default_rng(0).integers(1, 500, n_lines)
    rng = None if seed is None else np.random.default_rng(seed)

    plan = plan_batches(widths, batch_size, rng)

    assert sorted(np.concatenate([[], *plan]).tolist()) == list(range(n_lines))
    sizes = sorted(map(len, plan), reverse=True)
    assert sizes == [batch_size] * (n_lines // batch_size) + [n_lines % batch_size] * (
        n_lines % batch_size > 0
    )


@pytest.mark.parametrize("seed", [None, 0])
def test_lines_of_similar_width_go_together(seed: int | None) -> None:
    widths = np.random.default_rng(0).lognormal(6, 0.5, 20_000).astype(int) + 4
    rng = None if seed is None else np.random.default_rng(seed)

    def padded(batches: list[np.ndarray]) -> float:
        return sum(widths[batch].max() * len(batch) for batch in batches) / widths.sum()

    at_random = np.array_split(np.random.default_rng(1).permutation(len(widths)), 625)
    assert padded(at_random) > 1.8
    assert padded(plan_batches(widths, 32, rng)) < 1.05


def test_a_plan_without_shuffling_goes_from_narrow_to_wide() -> None:
    plan = plan_batches(np.array([3, 1, 2, 1]), 2, None)

    assert [batch.tolist() for batch in plan] == [[1, 3], [2, 0]]


def test_a_shuffled_plan_neither_sorts_its_batches_nor_keeps_their_company() -> None:
    widths = np.random.default_rng(0).integers(1, 500, 20_000)

    first, second = (plan_batches(widths, 16, np.random.default_rng(seed)) for seed in (0, 1))

    means = np.array([widths[batch].mean() for batch in first])
    assert abs(np.corrcoef(means, np.arange(len(means)))[0, 1]) < 0.1
    pairs, others = (
        {frozenset(pair) for batch in plan for pair in pairwise(batch.tolist())}
        for plan in (first, second)
    )
    assert len(pairs & others) < 0.05 * len(pairs)


@pytest.mark.parametrize("shuffle", [False, True])
def test_every_line_is_read_once_an_epoch_and_the_last_batch_may_be_short(
    batches: Callable[..., LineBatches], shuffle: bool
) -> None:
    lines = batches(shuffle=shuffle)

    epoch = list(lines.epoch(0))

    assert (lines.n_lines, lines.n_batches, len(epoch)) == (10, 3, 3)
    assert sorted(sum(numbers(epoch), [])) == list(range(10))
    assert sorted(len(batch.paths) for batch in epoch) == [2, 4, 4]


def test_fewer_lines_than_a_batch_make_one_batch(updated_csv: Path) -> None:
    lines = LineBatches(updated_csv, GEOMETRY, batch_size=64)

    [batch] = lines.epoch(0)

    assert lines.n_batches == 1
    assert batch.images.shape == (10, 32, 320, 1)


def test_lines_are_standardised_alone_and_padded_with_zeros(
    batches: Callable[..., LineBatches],
) -> None:
    for batch in batches().epoch(0):
        widths_px = [WIDTHS_PX[int(Path(path).stem)] for path in batch.paths]
        assert batch.images.dtype == np.float32
        # The next multiple of 32, so that few distinct shapes are met.
        assert batch.images.shape[2] == -(-max(widths_px) // 32) * 32
        assert batch.time_steps.tolist() == [[width_px // 4] for width_px in widths_px]
        for image, width_px in zip(batch.images, widths_px, strict=True):
            pixels = noise(width_px).astype(np.float64)
            expected = (pixels - pixels.mean()) / pixels.std()
            assert np.abs(image[:, :width_px] - expected).max() < 1e-5
            assert not image[:, width_px:].any()


def test_labels_are_padded_with_zeros(tmp_path: Path, write_lines: Callable[..., Path]) -> None:
    path = write_lines((80, 40))
    first, second = path.read_text().splitlines()
    path.write_text(f"{first}\n{second.replace('1 2 3;3', '4;1')}\n")

    [batch] = LineBatches(path, GEOMETRY, batch_size=4).epoch(0)

    # From narrow to wide.
    assert batch.label_codes.tolist() == [[4, 0, 0], [1, 2, 3]]
    assert batch.label_lengths.tolist() == [[1], [3]]
    assert batch.label_codes.dtype == batch.label_lengths.dtype == np.int32


def test_colour_is_kept_where_it_is_wanted(tmp_path: Path) -> None:
    picture = noise(80, channels=3)
    Image.fromarray(picture).save(tmp_path / "a.png")
    (tmp_path / "a.csv").write_text(f"{tmp_path / 'a.png'};1;1;80\n")

    lines = LineBatches(tmp_path / "a.csv", GEOMETRY._replace(channels=3), batch_size=1)
    [batch] = lines.epoch(0)

    expected = (picture - picture.mean()) / picture.std()
    assert np.abs(batch.images[0, :, :80] - expected).max() < 1e-5


def test_unlabelled_lines_have_labels_of_length_0(updated_csv: Path) -> None:
    parse = partial(parse_unlabelled, delimiter=";", unit_delimiter="|")

    [batch] = LineBatches(updated_csv, GEOMETRY, parse=parse, batch_size=16).epoch(0)

    assert batch.label_lengths.tolist() == [[0]] * 10
    assert batch.label_codes.tolist() == [[0]] * 10


def test_the_order_changes_with_the_epoch_and_with_the_seed_only(
    batches: Callable[..., LineBatches],
) -> None:
    def orders(seed: int) -> list[list[list[int]]]:
        lines = batches(batch_size=2, shuffle=True, seed=seed)
        return [numbers(list(lines.epoch(epoch))) for epoch in range(4)]

    first, again, other = orders(7), orders(7), orders(8)

    assert first == again
    assert len({str(order) for order in [*first, *other]}) == 8


def test_without_shuffling_every_epoch_is_the_same(batches: Callable[..., LineBatches]) -> None:
    lines = batches()

    assert same(list(lines.epoch(0)), list(lines.epoch(5)))


def test_endless_batches_go_from_epoch_to_epoch(batches: Callable[..., LineBatches]) -> None:
    lines = batches(shuffle=True)

    found = list(islice(lines.endless(initial_epoch=1), 7))

    expected = [*lines.epoch(1), *lines.epoch(2), next(lines.epoch(3))]
    assert same(found, expected)


def test_the_paths_of_a_batch_are_known_without_reading_it(
    batches: Callable[..., LineBatches],
) -> None:
    lines = batches(shuffle=True)

    paths = [lines.paths_of(2, step) for step in range(lines.n_batches)]

    assert paths == [list(batch.paths) for batch in lines.epoch(2)]


@pytest.mark.parametrize("cache_mb", [0.005, 100])
@pytest.mark.parametrize("doses", [None, STRONG])
def test_the_cache_does_not_change_the_batches(
    batches: Callable[..., LineBatches], cache_mb: float, doses: Doses | None
) -> None:
    cached = batches(shuffle=True, doses=doses, cache_mb=cache_mb)
    uncached = batches(shuffle=True, doses=doses)

    for epoch in range(3):
        assert same(list(cached.epoch(epoch)), list(uncached.epoch(epoch)))


def test_the_cache_saves_reading_as_much_as_its_memory_holds(
    batches: Callable[..., LineBatches], tmp_path: Path
) -> None:
    # The narrowest lines come first: (36 + 40) * 32 bytes fit, 44 * 32 more do not.
    lines = batches(batch_size=1, cache_mb=(36 + 40 + 43) * 32 / 1e6)
    list(lines.epoch(0))
    for path in tmp_path.glob("*.png"):
        path.unlink()

    second = lines.epoch(1)

    assert numbers([next(second), next(second)]) == [[7], [0]]
    with pytest.raises(DataError, match=r"none of the 1 images of a batch .*5\.png"):
        next(second)


def test_an_image_that_cannot_be_decoded_is_left_out_logged_once_and_listed(
    batches: Callable[..., LineBatches], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lines = batches()
    (tmp_path / "2.png").write_bytes(b"not an image any more")

    epochs = [list(lines.epoch(epoch)) for epoch in range(2)]

    for epoch in epochs:
        assert sorted(sum(numbers(epoch), [])) == [0, 1, 3, 4, 5, 6, 7, 8, 9]
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage().startswith("left out, since it cannot be decoded: ")
    assert [*lines.unreadable] == [str(tmp_path / "2.png")]
    assert "2.png: unreadable image" in lines.unreadable[str(tmp_path / "2.png")]


def test_a_batch_without_any_image_is_an_error(
    batches: Callable[..., LineBatches], tmp_path: Path
) -> None:
    lines = batches()
    for path in tmp_path.glob("*.png"):
        path.unlink()

    with pytest.raises(DataError, match=r"none of the 4 images of a batch .*7\.png, .*Were they"):
        next(lines.epoch(0))


def test_augmentation_is_decided_by_seed_and_epoch(batches: Callable[..., LineBatches]) -> None:
    def epoch(seed: int, number: int) -> list[Batch]:
        return list(batches(doses=STRONG, seed=seed).epoch(number))

    plain = list(batches().epoch(0))
    runs = {(seed, number): epoch(seed, number) for seed in (0, 1) for number in (0, 1)}

    assert all(same(run, epoch(*key)) for key, run in runs.items())
    sums = {float(sum(np.abs(batch.images).sum() for batch in run)) for run in runs.values()}
    assert len(sums | {float(sum(np.abs(batch.images).sum() for batch in plain))}) == 5


def test_the_augmentation_of_a_line_does_not_depend_on_its_company(updated_csv: Path) -> None:
    def images(batch_size: int) -> dict[str, np.ndarray]:
        lines = LineBatches(updated_csv, GEOMETRY, batch_size=batch_size, doses=STRONG)
        return {
            path: image[:, : 4 * steps[0]]
            for batch in lines.epoch(0)
            for path, image, steps in zip(batch.paths, batch.images, batch.time_steps, strict=True)
        }

    alone, together = images(1), images(10)

    assert all(np.array_equal(alone[path], together[path]) for path in alone)


@pytest.mark.parametrize("codes", [(1, 2, 3), (1, 1, 1, 1, 1)])
def test_an_augmented_line_is_never_too_narrow_for_its_label(
    write_lines: Callable[..., Path], codes: tuple[int, ...]
) -> None:
    repeats = sum(first == second for first, second in pairwise(codes))
    n_steps = len(codes) + repeats
    lines = LineBatches(
        write_lines((4 * n_steps, 4 * n_steps + 4, 320), codes),
        GEOMETRY,
        batch_size=3,
        doses=STRONG,
    )

    epochs = [batch for epoch in range(60) for batch in lines.epoch(epoch)]

    steps = {int(number) for batch in epochs for number in batch.time_steps[:, 0]}
    assert min(steps) >= n_steps
    assert max(steps) <= 320 // 4
    assert len(steps) > 20


def test_lines_stand_beside_lines_that_are_as_wide_after_stretch_and_scale(
    write_lines: Callable[..., Path],
) -> None:
    csv_path = write_lines(range(100, 300, 4), (1,))
    doses = {"stretch": Dose(0.2), "scale": Dose(1.0, 0.5)}

    for epoch in range(3):
        lines = LineBatches(csv_path, GEOMETRY, batch_size=5, shuffle=True, doses=doses)
        steps = [batch.time_steps[:, 0] for batch in lines.epoch(epoch)]
        unsorted = np.concatenate(steps)
        # Sorted by width, ten batches part the range among them.
        assert np.mean([np.ptp(batch) for batch in steps]) < 0.15 * np.ptp(unsorted)


class Stripes:
    """Synthetic lines that are as wide as wanted, with a code for each cell of eight pixels."""

    unit_width_px = 8.0

    def draw(self, width_px: int, rng: np.random.Generator) -> SyntheticLine:
        units = max(1, width_px // 8)
        image = rng.integers(0, 256, (32, max(1, width_px), 1), dtype=np.uint8)
        return SyntheticLine(image, [7, 8] * (units // 2) + [9] * (units % 2), "x" * units)


def share(ratio: float = 0.5, short_epochs: int = 0) -> SyntheticShare:
    return SyntheticShare(Stripes(), ratio, short_epochs, short_units=6)


def is_synthetic(path: str) -> bool:
    return path.startswith("synthetic line: ")


@pytest.mark.parametrize(("ratio", "n_synthetic"), [(0.25, 1), (0.5, 2), (0.7, 3), (0.01, 1)])
def test_each_batch_has_its_share_of_synthetic_lines_and_an_epoch_every_real_line(
    batches: Callable[..., LineBatches], ratio: float, n_synthetic: int
) -> None:
    lines = batches(shuffle=True, synthetic=share(ratio))

    epoch = list(lines.epoch(0))

    paths = [path for batch in epoch for path in batch.paths]
    counts = [sum(map(is_synthetic, batch.paths)) for batch in epoch]
    assert counts == [n_synthetic] * len(epoch)
    assert sorted(int(Path(path).stem) for path in paths if not is_synthetic(path)) == [*range(10)]
    assert len(epoch) == lines.n_batches == -(-10 // (4 - n_synthetic))
    assert all(len(batch.paths) <= 4 for batch in epoch)


def test_synthetic_lines_do_not_make_a_batch_wider(batches: Callable[..., LineBatches]) -> None:
    lines = batches(shuffle=True, synthetic=share())

    for epoch in range(3):
        for batch in lines.epoch(epoch):
            widths = {is_synthetic(path): [] for path in batch.paths}
            for path, steps in zip(batch.paths, batch.time_steps[:, 0], strict=True):
                widths[is_synthetic(path)].append(int(steps))
            assert max(widths[True]) <= max(widths[False])
            assert min(widths[True]) >= min(widths[False]) - 1


def test_synthetic_lines_carry_their_labels(batches: Callable[..., LineBatches]) -> None:
    lines = batches(shuffle=True, synthetic=share())

    batch = next(iter(lines.epoch(0)))

    for path, codes, length in zip(
        batch.paths, batch.label_codes, batch.label_lengths[:, 0], strict=True
    ):
        label = codes[:length].tolist()
        assert (set(label) <= {7, 8, 9}) == is_synthetic(path)
        assert label == [1, 2, 3] or len(label) == path.count("x")


def test_short_lines_stand_in_batches_of_their_own_and_first_in_the_first_epoch(
    batches: Callable[..., LineBatches],
) -> None:
    lines = batches(shuffle=True, synthetic=share(short_epochs=2))

    first, second, third = (
        [[is_synthetic(path) for path in batch.paths] for batch in lines.epoch(number)]
        for number in range(3)
    )

    assert first[:2] == [[True] * 4] * 2
    assert sorted(map(len, first[2:])) == [2, 4, 4]
    assert not any(map(any, first[2:]))
    assert sorted(map(sum, second)) == [0, 0, 0, 4, 4]
    assert [sum(kinds) for kinds in third] == [2] * 5
    assert [len(epoch) for epoch in (first, second, third)] == [lines.n_batches] * 3


def test_short_lines_grow_through_the_first_epoch(batches: Callable[..., LineBatches]) -> None:
    lines = batches(shuffle=True, synthetic=share(0.75, short_epochs=1))

    epoch = list(lines.epoch(0))

    widths = [batch.time_steps.max() * 4 for batch in epoch if is_synthetic(batch.paths[0])]
    assert len(widths) == 7
    assert widths == sorted(widths)
    assert (widths[0], widths[-1]) == (2 * 8, 6 * 8)


def test_synthetic_lines_depend_on_seed_epoch_and_number_alone(
    batches: Callable[..., LineBatches],
) -> None:
    lines = batches(shuffle=True, doses=STRONG, seed=3, synthetic=share(short_epochs=1))
    again = batches(shuffle=True, doses=STRONG, seed=3, synthetic=share(short_epochs=1))
    ahead = [list(again.epoch(number)) for number in (2, 1, 0)]

    for number in range(3):
        assert same(list(lines.epoch(number)), ahead[2 - number])
    pictures = [
        batch.images[place].tobytes()
        for number in (1, 2)
        for batch in lines.epoch(number)
        for place, path in enumerate(batch.paths)
        if is_synthetic(path)
    ]
    assert len(set(pictures)) == len(pictures)


def test_the_paths_of_a_batch_name_its_synthetic_lines(
    batches: Callable[..., LineBatches],
) -> None:
    lines = batches(shuffle=True, doses=STRONG, synthetic=share())

    paths = [lines.paths_of(1, step) for step in range(lines.n_batches)]

    assert paths == [list(batch.paths) for batch in lines.epoch(1)]
    assert all(map(is_synthetic, (path for row in paths for path in row[-2:])))


def test_synthetic_lines_do_not_hide_that_no_image_can_be_decoded(
    batches: Callable[..., LineBatches], updated_csv: Path
) -> None:
    for path in updated_csv.parent.glob("*.png"):
        path.write_bytes(path.read_bytes()[:100])

    with pytest.raises(DataError, match="none of the 2 images of a batch can be decoded"):
        list(batches(shuffle=True, synthetic=share()).epoch(0))

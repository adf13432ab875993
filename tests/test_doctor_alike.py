"""Near hashes without comparing each with each."""

import numpy as np

from tf_crnn.doctor.alike import MOST_BITS, N_PARTS, grouped, near_pairs, runs_of_equals


def random_looks(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**64, (n, 4), dtype=np.uint64)


def flipped(look: np.ndarray, places: np.ndarray) -> np.ndarray:
    bits = np.unpackbits(look.view(np.uint8))
    bits[places] ^= 1
    return np.packbits(bits).view(np.uint64)


def test_all_pairs_within_the_guaranteed_distance_are_found_and_no_far_one() -> None:
    rng = np.random.default_rng(3)
    looks = random_looks(400)
    for n_bits in range(1, N_PARTS):
        looks[200 + n_bits] = flipped(looks[n_bits], rng.permutation(256)[:n_bits])
    expected = {(n, 200 + n) for n in range(1, N_PARTS)}
    apart = np.bitwise_count(looks[:, None] ^ looks[None]).sum(axis=2)

    found = {tuple(pair) for pair in near_pairs(looks).tolist()}

    assert expected <= found
    assert all(apart[pair] <= MOST_BITS for pair in found)


def test_a_crowd_with_one_part_in_common_is_not_compared_each_with_each() -> None:
    looks = random_looks(3000)
    looks[:, 0] = 0
    looks[1500] = flipped(looks[7], np.array([255]))

    found = {tuple(pair) for pair in near_pairs(looks).tolist()}

    assert (7, 1500) in found


def test_one_hash_or_none_makes_no_pair() -> None:
    assert near_pairs(random_looks(0)).shape == (0, 2)
    assert near_pairs(random_looks(1)).shape == (0, 2)


def test_pairs_become_groups_whatever_their_order() -> None:
    groups = grouped([(4, 5), (1, 2), (2, 5)], 6)

    assert groups.tolist() == [0, 1, 1, 3, 1, 1]


def test_runs_of_equals_leaves_out_what_is_there_once() -> None:
    values = np.array([5, 3, 5, 9, 3, 3])

    runs = sorted(run.tolist() for run in runs_of_equals(values))

    assert runs == [[0, 2], [1, 4, 5]]

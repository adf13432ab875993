"""Confusions that appear and vanish between runs."""

from collections import Counter

from tf_crnn.comparison.confusion_changes import (
    MOST_SHOWN,
    Confusion,
    confusion_changes,
    count_confusions,
)


def test_only_wrong_characters_are_counted() -> None:
    counts = count_confusions([("cat", "cat"), ("cat", "cut"), ("cat", "ca"), ("cat", "cuts")])

    assert counts == {("a", "u"): 2, ("t", ""): 1, ("", "s"): 1}


def test_changes_are_sorted_by_their_size() -> None:
    before = Counter({("a", "o"): 5, ("u", "n"): 2, ("e", "c"): 7, ("i", "j"): 1})
    after = Counter({("a", "o"): 1, ("u", "n"): 2, ("e", "c"): 8, ("f", ""): 3})

    changes = confusion_changes(2, before, after)

    assert changes.run == 2
    assert changes.appeared == (Confusion("f", "", 0, 3), Confusion("e", "c", 7, 8))
    assert changes.vanished == (Confusion("a", "o", 5, 1), Confusion("i", "j", 1, 0))
    assert (changes.n_appeared, changes.n_vanished) == (2, 2)


def test_of_many_the_greatest_are_listed_and_all_are_counted() -> None:
    after = Counter({(chr(0x4E00 + n), "x"): n + 1 for n in range(100)})

    changes = confusion_changes(1, Counter(), after)

    assert len(changes.appeared) == MOST_SHOWN
    assert changes.appeared[0].after == 100
    assert (changes.n_appeared, changes.n_vanished) == (100, 0)

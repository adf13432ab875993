"""Signals that end a training, also where Python drops what their handler raises."""

import signal
import warnings
import weakref
from collections.abc import Iterator

import pytest

from tf_crnn.interrupts import install, raise_if_lost


class Thing:
    """Something with a weak reference to it."""


@pytest.fixture(autouse=True)
def installed() -> Iterator[None]:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    install()
    yield
    install()  # forgets the signals of this test
    signal.signal(signal.SIGINT, before[0])
    signal.signal(signal.SIGTERM, before[1])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_interrupts_at_once(number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_that_python_drops_is_raised_at_the_next_step() -> None:
    raise_if_lost()
    thing = Thing()
    with warnings.catch_warnings(record=True):
        reference = weakref.ref(thing, lambda _: signal.raise_signal(signal.SIGTERM))
        del thing

    with pytest.raises(KeyboardInterrupt):
        raise_if_lost()

    assert reference() is None


def test_a_second_term_is_passed_over_but_a_second_ctrl_c_is_not() -> None:
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)

    signal.raise_signal(signal.SIGTERM)

    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)

"""Progress on a terminal and elsewhere."""

import io

from tf_crnn.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def progress_of(stream: io.StringIO) -> tuple[Progress, list[float]]:
    clock = [0.0]
    return Progress(stream, "read", lambda: clock[0]), clock


def test_a_terminal_shows_rate_and_time_left_on_one_line_that_is_taken_away() -> None:
    stream = Terminal()
    progress, clock = progress_of(stream)

    clock[0] = 10.0
    progress(1000, 0.25)
    clock[0] = 10.1
    progress(1001, 0.26)
    progress.done()

    _, shown, blank, end = stream.getvalue().split("\r")
    assert shown == "read 1,000 lines (25%), 100 a second, 30 s left"
    assert blank == " " * len(shown) and end == ""


def test_a_file_gets_a_line_now_and_then() -> None:
    stream = io.StringIO()
    progress, clock = progress_of(stream)

    for second in range(1, 41):
        clock[0] = float(second)
        progress(second * 10, second / 400)
    progress.done()

    assert stream.getvalue().splitlines() == [
        "read 150 lines (4%), 10 a second, 6 min left",
        "read 300 lines (8%), 10 a second, 6 min left",
    ]


def test_no_time_is_guessed_at_the_very_start() -> None:
    stream = Terminal()
    progress, clock = progress_of(stream)

    clock[0] = 1.0
    progress(5, 0.001)

    assert "left" not in stream.getvalue()


def test_where_nobody_knows_how_many_there_are_the_rate_alone_is_shown() -> None:
    stream = Terminal()
    progress, clock = progress_of(stream)

    clock[0] = 2.0
    progress(50)

    assert stream.getvalue() == "\rread 50 lines, 25 a second"


def test_a_shorter_line_leaves_nothing_of_a_longer_one() -> None:
    stream = Terminal()
    progress, clock = progress_of(stream)

    for second, n_lines in ((1, 10), (2, 1_000_000), (4, 8)):
        clock[0] = float(second)
        progress(n_lines)
    progress.done()

    _, _, longest, last, blank, _ = stream.getvalue().split("\r")
    assert len(last) == len(blank) == len(longest)

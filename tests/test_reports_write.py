"""The whole report in a folder, and its page in a browser."""

import json
import mimetypes
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from support.browser import open_browser
from support.evaluations import evaluation_of

from tf_crnn.reports.write import write_full_report
from tf_crnn.scoring.certainty import Certainty

HOSTILE = '<img src=x onerror="window.harmed=1"><script>window.harmed=2</script>'
TEXTS = [(f"a line of text, number {n}", f"a lime of text, numer {n}") for n in range(40)]
HISTORY = [
    {"epoch": n, "loss": 9 / n, "val_loss": 8 / n, "cer": 1 / n, "val_cer": 1 / n}
    for n in range(1, 6)
]
TABLES = ("lines.csv", "confusions.csv", "worst_lines.csv", "characters.csv")
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


def write(folder: Path, lines: Path, texts: Any, history: Any = HISTORY) -> None:
    write_full_report(
        folder,
        evaluation_of(lines, texts, certainties=[Certainty(0.5)] * len(texts)),
        history=history,
        config={"rnn_units": [8], "csv_files_eval": HOSTILE},
        about={"model": "models/a", "epoch": 5, "data": {"n_lines": 40, "csv_sha256": "0a" * 32}},
    )


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    hostile = [(f"{HOSTILE} a", f"{HOSTILE} b"), ("", HOSTILE), (HOSTILE, "")]
    write(folder / "report", folder, [*TEXTS, *hostile])
    return folder / "report"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with open_browser() as browser:
        yield browser


def test_everything_is_there_with_names_that_tell_its_type(report: Path) -> None:
    types = {path.name: mimetypes.guess_type(path.name)[0] for path in report.iterdir()}

    pictures = [f"worst_line_{n:02d}.png" for n in range(1, 21)]
    assert types == {
        "report.json": "application/json",
        "report.html": "text/html",
        **dict.fromkeys(TABLES, "text/csv"),
        **dict.fromkeys(
            ["confusions.png", "learning_curves.png", "reliability.png", *pictures], "image/png"
        ),
    }
    assert all(path.stat().st_size < 5_000_000 for path in report.iterdir())
    assert all(path.stat().st_size < 1_000_000 for path in report.glob("*.png"))
    assert json.loads((report / "report.json").read_text())["model"] == "models/a"


def test_without_a_history_there_are_no_curves(tmp_path: Path) -> None:
    write(tmp_path / "report", tmp_path, TEXTS)
    write(tmp_path / "report", tmp_path, TEXTS, history=())

    assert not (tmp_path / "report/learning_curves.png").exists()
    html = (tmp_path / "report/report.html").read_text(encoding="utf-8")
    assert "Learning curves" not in html


def test_a_perfect_reading_is_a_report_too(tmp_path: Path) -> None:
    write(tmp_path / "report", tmp_path, [("abc", "abc"), ("d", "d")])

    html = (tmp_path / "report/report.html").read_text(encoding="utf-8")
    assert "Reads all 4 characters of 2 lines right." in html
    assert (tmp_path / "report/confusions.png").exists()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_and_nothing_in_it_runs_or_is_fetched(
    report: Path, browser: Any, viewport: dict[str, int], scheme: str
) -> None:
    page = browser.new_page(viewport=viewport, color_scheme=scheme)
    problems: list[str] = []
    fetched: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: fetched.append(request.url[:30]))

    page.goto((report / "report.html").as_uri())

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert problems == []
    assert page.evaluate("window.harmed") is None
    assert [url for url in fetched if not url.startswith(("data:", "file:"))] == []
    assert len([url for url in fetched if url.startswith("file:")]) == 1
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(255, 255, 255)") == (scheme == "light")
    broken = "[...document.images].filter(i => i.complete && !i.naturalWidth).length"
    assert page.evaluate(broken) == 0
    page.close()


def test_the_page_can_be_used_with_the_keyboard(report: Path, browser: Any) -> None:
    page = browser.new_page(viewport=DESKTOP)
    page.goto((report / "report.html").as_uri())

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.get_by_text("Matrix of the most confused characters").focus()
    page.keyboard.press("Enter")

    assert page.url.endswith("#content")
    expect(page.get_by_alt_text("Confusion matrix")).to_be_visible()
    page.close()

"""The page of a comparison in Chromium, as a user meets it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from PIL import Image
from playwright.sync_api import expect
from support.browser import open_browser
from support.evaluated_runs import evaluated_run, read_as

from tf_crnn.comparison.compare import compare_runs
from tf_crnn.comparison.page import write_page

HOSTILE = '<img src=x onerror="window.harmed=1"><script>window.harmed=2</script>'
DESKTOP = {"width": 1400, "height": 900}
PHONE = {"width": 390, "height": 844}
N_LINES = 120
ROWS = "#line-table tbody tr"


class Opened(NamedTuple):
    """A page, and what it must not do."""

    page: Any
    problems: list[str]


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs; the second is better on every third line and worse on every fifth."""
    folder = tmp_path_factory.mktemp("compared")
    Image.new("L", (800, 50), 200).save(folder / "0.png")
    truths = [f"{HOSTILE if n == 7 else 'a quiet line of text'} {n:03}" for n in range(N_LINES)]
    first = [text[:-1] if n % 3 == 0 or n == 7 else text for n, text in enumerate(truths)]
    second = [f"x{text}" if n % 5 == 0 else text for n, text in enumerate(truths)]
    third = [text.replace("quiet", "quite") for text in truths]
    curves = {"val_cer": [0.9, 0.4, 0.2], "loss": [30.0, 8.0, 5.0]}
    runs = [
        evaluated_run(
            folder,
            n,
            read_as(truths, readings, folder=str(folder)),
            config={"learning_rate": 0.01 / n, "output_model_dir": f"models/{HOSTILE}/{n}"},
            metrics=curves,
        )
        for n, readings in enumerate((first, second, third), start=1)
    ]
    write_page(compare_runs(runs), folder / "compare.html")
    return folder / "compare.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def open_page(browser: Any, compared: Path) -> Iterator[Any]:
    """`open_page(viewport, **options)`: the page, with all that it asks for or complains about."""
    contexts = []

    def open_page(viewport: dict[str, int], **options: Any) -> Opened:
        context = browser.new_context(viewport=viewport, **options)
        contexts.append(context)
        page, problems = context.new_page(), []
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: problems.append(request.url))
        page.goto(compared.as_uri())
        own = [compared.as_uri()]
        problems[:] = [p for p in problems if p not in own and not p.startswith("data:image/")]
        return Opened(page, problems)

    yield open_page
    for context in contexts:
        context.close()


def changes(page: Any) -> list[int]:
    """The column `Change` of the rows shown."""
    texts = page.locator(f"{ROWS} td:nth-child(2)").all_inner_texts()
    signs = {"▼": -1, "▲": 1}
    return [signs[t.split()[0]] * int(t.split()[1]) if t[0] in signs else int(t) for t in texts]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_page_opens_without_complaint_and_fits_the_screen(
    open_page: Any, viewport: dict[str, int], scheme: str
) -> None:
    opened = open_page(viewport, color_scheme=scheme)

    assert opened.page.locator(ROWS).count() == 50
    assert opened.page.locator("h1").inner_text().startswith("Of 3 runs, run 2 ")
    assert opened.page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    assert opened.page.locator("#chart svg path.curve").count() == 3
    assert opened.page.locator(f"{ROWS} img").first.evaluate("image => image.naturalWidth") > 0
    assert opened.problems == []


def test_texts_of_strangers_do_nothing(open_page: Any) -> None:
    page = open_page(DESKTOP).page

    page.fill("#search", "onerror")
    expect(page.locator(ROWS)).to_have_count(1)

    assert HOSTILE in page.locator(f"{ROWS} .texts dd").first.inner_text()
    assert page.evaluate("window.harmed") is None
    assert page.locator("img[src=x]").count() == 0


def test_lines_are_sorted_by_keyboard(open_page: Any) -> None:
    page = open_page(DESKTOP).page
    head = page.locator("#line-table th", has_text="Change")
    assert head.get_attribute("aria-sort") == "ascending"
    gained_most = changes(page)

    page.locator("[data-sort=place]").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert head.get_attribute("aria-sort") == "descending"
    assert gained_most == sorted(gained_most)
    assert changes(page) == sorted(changes(page), reverse=True)
    assert (gained_most[0], changes(page)[0]) == (-1, 1)
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_lines_are_filtered_by_wins_of_two_runs(open_page: Any) -> None:
    page = open_page(DESKTOP).page

    page.select_option("#kind", "better")

    n_better = sum(1 for n in range(N_LINES) if (n % 3 == 0 or n == 7) and n % 5)
    assert f"of {n_better} lines; change from run 1 to run 2" in page.inner_text("#shown")
    assert max(changes(page)) < 0

    page.select_option("#from", "1")
    page.select_option("#to", "0")
    page.select_option("#kind", "worse")

    assert f"of {n_better} lines; change from run 2 to run 1" in page.inner_text("#shown")
    assert min(changes(page)) > 0


def test_lines_are_found_by_their_text(open_page: Any) -> None:
    page = open_page(DESKTOP).page

    page.fill("#search", "TEXT 042")
    expect(page.locator(ROWS)).to_have_count(1)

    assert page.inner_text("#shown").startswith("1 to 1 of 1 line;")
    assert "row 43" in page.inner_text(ROWS)

    page.fill("#search", "nowhere")
    expect(page.locator(ROWS)).to_have_count(0)

    assert page.inner_text("#shown") == "No line is like that."


def test_pages_are_turned(open_page: Any) -> None:
    page = open_page(DESKTOP).page
    page.click("[data-sort=place]")
    assert page.locator("#previous").is_disabled()

    page.click("#next")
    page.click("#next")

    assert page.inner_text("#page") == "Page 3 of 3"
    assert page.inner_text("#shown").startswith("101 to 120 of 120 lines")
    assert "row 120" in page.locator(ROWS).last.inner_text()
    assert page.locator("#next").is_disabled()


def test_differences_are_marked_and_named_for_screen_readers(open_page: Any) -> None:
    page = open_page(DESKTOP).page

    page.fill("#search", "text 003")
    expect(page.locator(ROWS)).to_have_count(1)

    readings = page.locator(f"{ROWS} .texts dd")
    assert readings.nth(1).locator("del").evaluate("node => node.textContent") == " not read: 3 "
    assert "right ✓" in readings.nth(2).inner_text()
    third = readings.nth(3)
    assert third.locator("del, ins").count() >= 2
    assert page.locator(f"{ROWS} .texts dt").all_inner_texts() == [
        "Truth",
        "Run 1",
        "Run 2",
        "Run 3",
    ]


def test_curves_change_with_metric_axis_and_scale(open_page: Any) -> None:
    page = open_page(DESKTOP).page
    chart = page.locator("#chart svg")
    assert chart.get_attribute("aria-label").startswith(
        "val_cer over epochs of run 1, run 2, run 3"
    )
    before = page.locator("#chart path.curve").first.get_attribute("d")

    page.select_option("#metric", "1")
    page.check("[value=minutes]")
    page.check("#log")

    assert chart.get_attribute("aria-label").startswith("loss over minutes of run 1, run 2, run 3")
    assert page.locator("#chart path.curve").first.get_attribute("d") != before
    dashes = {c.get_attribute("stroke-dasharray") for c in page.locator("#chart path.curve").all()}
    assert len(dashes) == 3

    page.uncheck("#legend li:nth-child(2) input")

    assert page.locator("#chart path.curve").count() == 2


def test_the_skip_link_and_the_heads_of_tables_serve_those_who_do_not_see(open_page: Any) -> None:
    page = open_page(DESKTOP).page

    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.getAttribute('href')") == "#lines"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "lines"
    assert page.locator("html").get_attribute("lang") == "en"
    assert [page.locator(landmark).count() for landmark in ("main", "body > header", "footer")] == [
        1,
        1,
        1,
    ]
    assert page.locator("th:not([scope])").count() == 0
    assert page.locator("table:not(:has(caption))").count() == 0
    assert page.locator("img:not([alt])").count() == 0
    assert page.locator("#line-table").get_attribute("role") == "table"

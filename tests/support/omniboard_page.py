"""What Omniboard's page shows, and what can be opened on it."""

from playwright.sync_api import Locator, Page, expect

# Of the table, without its heading.
ROWS = ".public_fixedDataTable_bodyRow"


def shown_rows(page: Page) -> list[dict[str, str]]:
    """The rows of the table from top to bottom, each by the names of its columns."""
    read = """() => [...document.querySelectorAll('[role=row]')]
        .sort((a, b) => a.getAttribute('aria-rowindex') - b.getAttribute('aria-rowindex'))
        .map(row => [...row.querySelectorAll('[role=columnheader], [role=gridcell]')]
            .map(cell => cell.innerText.trim()))"""
    header, *rows = page.evaluate(read)
    return [dict(zip(header, row, strict=True)) for row in rows]


def row_number(page: Page, run_id: int) -> int:
    return [row["Id"] for row in shown_rows(page)].index(str(run_id))


def open_run(page: Page, run_id: int, tab: str | None = None) -> Locator:
    """The details of a run, at one of its tabs."""
    page.locator(f"[test-attr=cell-row_expander-{row_number(page, run_id)}]").click()
    details = page.locator(".drilldown-view")
    if tab:
        details.locator("#sidebar").get_by_text(tab, exact=True).click()
    return details


def open_run_in_a_window(page: Page, run_id: int, tab: str) -> Locator:
    """The details of a run over the whole table."""
    open_run(page, run_id).locator(".navbar-brand a").click()
    window = page.locator(".drilldown-run-modal")
    window.locator("#sidebar").get_by_text(tab, exact=True).click()
    return window


def open_artifact(details: Locator, name: str) -> Locator:
    """One file of a run, opened."""
    title = details.page.get_by_text(name, exact=True)
    item = details.locator(".accordion__item").filter(has=title)
    item.locator(".accordion__title").click()
    return item


def compare(page: Page, *run_ids: int) -> Locator:
    """The comparison of some runs."""
    for run_id in run_ids:
        page.locator(f"[test-attr=cell-row_selection-{row_number(page, run_id)}]").click()
    page.locator("#compare_runs").click()
    return page.locator(".compare-runs-modal")


def drawn_curves(view: Locator) -> dict[str, tuple[list[float], list[float]]]:
    """The curves of a plot, by the names in its legend; each is a line on the screen."""
    expect(view.locator(".legendtext").first).to_be_visible()
    names = view.locator(".legendtext").all_text_contents()
    lines = view.locator(".scatterlayer .js-line").evaluate_all(
        "lines => lines.filter(line => line.getTotalLength() > 0).length"
    )
    traces = view.locator(".js-plotly-plot").evaluate("plot => plot.data")
    curves = {trace["name"]: (trace["x"], trace["y"]) for trace in traces}
    # Beside each curve stands the same without smoothing.
    assert lines == len(traces) == 2 * len(names)
    return {name: curves[name] for name in names}

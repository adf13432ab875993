"""A headless browser for tests: Chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from playwright.sync_api import Browser, sync_playwright

from support.missing import skip_or_fail

CHROMIUM = "CHROMIUM"
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Chromium without a window, closed at the end.

    The test that asks for it is skipped where there is none, and fails in CI.
    """
    with sync_playwright() as playwright:
        # As root in a container Chromium has no sandbox; it opens only what tests wrote.
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            yield browser
        finally:
            browser.close()


def find_chromium() -> str:
    """The program that $CHROMIUM names, or one on the PATH."""
    named = os.environ.get(CHROMIUM)
    programs = (shutil.which(name) for name in ((named,) if named else _PROGRAMS))
    program = next(filter(None, programs), None)
    if program is None:
        _miss(f"no Chromium: {named} is no program" if named else "no Chromium on the PATH")
    return program


def _miss(what: str) -> NoReturn:
    message = f"{what}. Install it, or name it in ${CHROMIUM}."
    skip_or_fail(message, message)

"""A real browser for the tests: the machine's own Chromium or Chrome, without a window."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from support import engine

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ELSEWHERE = (Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),)
PACKAGE = "chromium"


class NoBrowserError(RuntimeError):
    """No browser can be had; the message says what to install."""


def browser_program() -> str | None:
    """Return a Chromium or Chrome of this machine."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return found or next((str(path) for path in ELSEWHERE if path.exists()), None)


def require_browser_program() -> str:
    """Return a browser; on Debian as root it is installed where there is none."""
    if (program := browser_program()) is not None:
        return program
    if not engine.is_debian_root():
        raise NoBrowserError(
            f"neither Chromium nor Chrome is installed: install one (Debian: apt-get install {PACKAGE})"
        )
    print(f"no browser is installed: installing {PACKAGE} with apt-get", file=sys.stderr, flush=True)
    engine.apt_install(PACKAGE)
    if (program := browser_program()) is None:
        raise NoBrowserError(f"apt-get installed {PACKAGE}, but its program was not found")
    return program


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Run a browser for as long as the block lasts."""
    with sync_playwright() as playwright:
        # Without a sandbox, since containers rarely allow one; it opens no page but our own.
        browser = playwright.chromium.launch(
            executable_path=require_browser_program(), args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            yield browser
        finally:
            browser.close()

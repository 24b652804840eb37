"""Make sure that a Chromium is there for the browser tests, or fail by name.

An installed one first, then Debian's package when root, Playwright's own download last and for 60 seconds at
most. ``CHARGEGEO_CHROMIUM`` names one to use.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def installed() -> str | None:
    """Path of an installed Chromium."""
    named = os.environ.get("CHARGEGEO_CHROMIUM")
    if named:
        return shutil.which(named)
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return found or downloaded()


def downloaded() -> str | None:
    """Path of Playwright's own Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        path = play.chromium.executable_path
    return path if os.path.exists(path) else None


def fetch() -> None:
    """Debian's package when root, else Playwright's download."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]):
            subprocess.run(command, check=False, stdout=subprocess.DEVNULL, timeout=600)
    if not installed():
        try:
            command = [sys.executable, "-m", "playwright", "install", "chromium"]
            subprocess.run(command, check=False, timeout=60)
        except subprocess.TimeoutExpired:
            pass


if __name__ == "__main__":
    if not installed():
        fetch()
    path = installed()
    if path is None:
        sys.exit("chromium: not found and could not be had; install it (Debian: apt-get install chromium)")
    print(f"browser: {path}")

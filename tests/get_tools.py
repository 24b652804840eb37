"""Make sure that the programs the tests need are there, or fail by name.

Chromium, LibreOffice (writer and calc), poppler and the Pango libraries that the briefing's PDF is set with. What
is missing is installed by one call of Debian's apt-get when root; a Chromium can also be had from Playwright, for
60 seconds at most. ``CHARGEGEO_CHROMIUM`` names one to use.
"""

import ctypes.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_APT = ("apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300")


@dataclass(frozen=True)
class Tool:
    """A program or library: where it was found, and Debian's packages that bring it."""

    name: str
    found: Callable[[], str | None]
    packages: tuple[str, ...]


def browser() -> str | None:
    """Path of a Chromium."""
    named = os.environ.get("CHARGEGEO_CHROMIUM")
    if named:
        return shutil.which(named)
    return next(filter(None, map(shutil.which, BROWSERS)), None) or _playwright_browser()


def _playwright_browser() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        path = play.chromium.executable_path
    return path if os.path.exists(path) else None


def office(part: str) -> str | None:
    """Path of LibreOffice if it has the part: ``sw`` is writer, ``sc`` is calc."""
    path = shutil.which("soffice")
    return path if path and (Path(path).resolve().parent / f"lib{part}lo.so").exists() else None


def poppler() -> str | None:
    """Path of ``pdftoppm`` if the other programs of its package are there too."""
    return shutil.which("pdftoppm") if all(map(shutil.which, ("pdffonts", "pdftotext", "pdfinfo"))) else None


def pango() -> str | None:
    """Names of the libraries that weasyprint opens."""
    found = [ctypes.util.find_library(name) for name in ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset")]
    return " ".join(map(str, found)) if all(found) else None


TOOLS = (
    Tool("Chromium", browser, ("chromium",)),
    Tool("LibreOffice writer", lambda: office("sw"), ("libreoffice-writer-nogui",)),
    Tool("LibreOffice calc", lambda: office("sc"), ("libreoffice-calc-nogui",)),
    Tool("poppler", poppler, ("poppler-utils",)),
    Tool("Pango", pango, ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")),
)


def missing(tools: Sequence[Tool] = TOOLS) -> list[Tool]:
    """Tools that are not there."""
    return [tool for tool in tools if tool.found() is None]


def fetch(tools: Sequence[Tool]) -> None:
    """All of Debian's packages in one call when root; a browser that is still lacking from Playwright."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        packages = [name for tool in tools for name in tool.packages]
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
            subprocess.run([*_APT, *command], check=False, env=quiet, stdout=subprocess.DEVNULL, timeout=900)
    if any(tool.found is browser for tool in missing(tools)):
        try:
            command = [sys.executable, "-m", "playwright", "install", "chromium"]
            subprocess.run(command, check=False, timeout=60)
        except subprocess.TimeoutExpired:
            pass


def main() -> None:
    """Install what is missing, print what was found, end with an error where something still lacks."""
    started = time.monotonic()
    lacking = missing()
    if lacking:
        print("installing:", ", ".join(tool.name for tool in lacking), flush=True)
        fetch(lacking)
    for tool in TOOLS:
        print(f"{tool.name}: {tool.found() or 'MISSING'}")
    print(f"tools: {time.monotonic() - started:.0f} s")
    if still := missing():
        names = " ".join(name for tool in still for name in tool.packages)
        sys.exit(
            f"{', '.join(tool.name for tool in still)}: not found and could not be had; install it "
            f"(Debian: apt-get install --no-install-recommends {names})"
        )


if __name__ == "__main__":
    main()

"""The list of checksums is one that sha256sum accepts."""

import subprocess
from pathlib import Path

from chargegeo import store

NAMES = [
    "map.html",
    "\u7f3a\u53e3.csv",
    "a b.txt",
    "sub/\u5730\u56fe.pdf",
    "back\\slash",
    "line\nbreak",
    "*star",
    "-dash",
    "B",
    "a",
]


def made(folder: Path) -> Path:
    for number, name in enumerate(NAMES):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(str(number))
    return store.write_checksums(folder)


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    command = ["sha256sum", "--check", "--strict", store.CHECKSUMS]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_sha256sum_accepts_the_list(tmp_path: Path) -> None:
    lines = made(tmp_path).read_text("utf-8").splitlines()
    assert len(lines) == len(NAMES) and "\u7f3a\u53e3.csv" in "".join(lines)
    plain = [line[66:] for line in lines if not line.startswith("\\")]
    assert plain == sorted(plain)
    done = check(tmp_path)
    assert done.returncode == 0 and done.stderr == "" and done.stdout.count(": OK") == len(NAMES)


def test_a_changed_file_is_found(tmp_path: Path) -> None:
    made(tmp_path)
    (tmp_path / "sub" / "\u5730\u56fe.pdf").write_text("other")
    assert check(tmp_path).returncode == 1


def test_the_same_folder_gives_the_same_list(tmp_path: Path) -> None:
    first = made(tmp_path).read_bytes()
    assert store.write_checksums(tmp_path).read_bytes() == first

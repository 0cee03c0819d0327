"""Imports point left, libraries do not print, and files keep to one concept."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = (
    "genotypes",
    "linkage",
    "cohort",
    "association",
    "truth",
    "comparator",
    "ensemble",
    "attribution",
    "faithfulness",
    "benchmark",
    "report",
)
# Files beside the rooms, which every room but the last three may use.
LEFT_MOST = {
    "types",
    "rng",
    "replacing",
    "channels",
    "checksum",
    "device_limit",
    "simulated_devices",
    "table_text",
}
ALLOWED = {
    **{name: set() for name in LEFT_MOST},
    "channels": {"types"},
    "attribution": {
        *("types", "rng", "replacing"),
        *("channels", "checksum", "device_limit", "simulated_devices"),
    },
    "faithfulness": {"types", "rng", "channels", "device_limit", "attribution"},
    "benchmark": {"types", "rng"},
    "report": {"types", "replacing"},
}
FILES = sorted((ROOT / "gxjax").rglob("*.py"))


def room_of(file):
    parts = file.relative_to(ROOT / "gxjax").parts
    return parts[0] if len(parts) > 1 else file.stem


def imported_rooms(file):
    """The rooms of gxjax that a file imports."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
            if node.module == "gxjax":
                names = [f"gxjax.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            assert not name.startswith("experiments"), file
            if name.startswith("gxjax."):
                yield name.split(".")[1]


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(ROOT)))
def test_imports__point_left(file):
    room = room_of(file)
    if room in ("testing", "__init__"):
        return
    left = {*LEFT_MOST, *ROOMS[: ROOMS.index(room)]} if room in ROOMS else set()
    allowed = ALLOWED.get(room, left) | {room}
    assert set(imported_rooms(file)) <= allowed


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(ROOT)))
def test_library__does_not_print_or_read_flags(file):
    tree = ast.parse(file.read_text())
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not names & {"print", "FLAGS", "input"}
    assert "absl" not in {
        alias.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(ROOT)))
def test_files__are_at_most_250_lines(file):
    assert len(file.read_text().splitlines()) <= 250

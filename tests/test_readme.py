"""The README's examples run as they stand."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
LIBRARY, METHOD = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_library_example__prints_five_variants(capsys):
    exec(compile(LIBRARY, "README.md", "exec"), {})
    lines = capsys.readouterr().out.strip().splitlines()
    assert lines[0].split() == ["CHROM", "POS", "ID"]
    assert len(lines) == 6


def test_own_method__is_benchmarked_beside_the_built_in_ones(tmp_path, arguments):
    (tmp_path / "my_method.py").write_text(METHOD)
    assert len([line for line in METHOD.splitlines() if line]) <= 10
    words = arguments(
        tmp_path / "out", "--methods=saliency,my_method:half_way", "--epochs=1"
    )
    command = [sys.executable, "-m", "experiments.benchmark", *words[1:]]
    # One device and XLA's own settings, as a user has.
    result = subprocess.run(
        command, cwd=tmp_path, env=os.environ | {"XLA_FLAGS": ""},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    composite = (tmp_path / "out" / "benchmark" / "composite.tsv").read_text()
    for noise in ("none", "smoothgrad_squared"):
        assert f"half_way\t{noise}" in composite
    page = (tmp_path / "out" / "report" / "index.html").read_text()
    assert "half_way" in page


@pytest.mark.parametrize("path", re.findall(r"\]\(((?!http)[^)]+)\)", README))
def test_links__lead_somewhere(path):
    assert (ROOT / path).exists()

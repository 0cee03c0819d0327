"""A store of dosages: the same codes, whatever happens on the way."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from gxjax.genotypes import (
    build_store,
    open_bed_source,
    open_store,
    simulate_genotypes,
    store_layout,
    write_plink,
    write_store,
)
from gxjax.genotypes.store_files import Vault

SHARD = 16, 64
PEOPLE, VARIANTS = 130, 700


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(store_layout, "_SHARD_ROWS", SHARD[0])
    monkeypatch.setattr(store_layout, "_SHARD_BYTES", SHARD[1])
    monkeypatch.setattr("gxjax.genotypes.transpose_part._PEOPLE", 50)
    monkeypatch.setattr("gxjax.genotypes.transpose_part._VARIANTS", 30)


@pytest.fixture
def codes():
    return np.random.default_rng(0).integers(0, 256, (PEOPLE, VARIANTS), np.uint8)


@pytest.fixture
def prefix(key, codes, tmp_path):
    write_plink(simulate_genotypes(key, PEOPLE, VARIANTS), tmp_path / "x")
    (tmp_path / "x.dosages").write_bytes(codes.T.tobytes())
    return tmp_path / "x"


def files(folder):
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


@pytest.mark.parametrize("memory", [11 * 16 * 64, 1 << 24])
def test_build_store__of_dosages_has_eight_bits(prefix, codes, tmp_path, memory):
    people = np.flatnonzero(np.arange(PEOPLE) % 5 != 2)
    variants = np.flatnonzero(np.arange(VARIANTS) % 3)
    found = build_store(
        prefix, tmp_path / "s", people=people, variants=variants, max_memory=memory
    )
    assert found.bits == found.packed.bits == open_store(tmp_path / "s").bits == 8
    np.testing.assert_array_equal(np.asarray(found.packed), codes[people][:, variants])
    rows = np.array([5, 0, 7])
    np.testing.assert_array_equal(
        found.packed[rows, 60:70], codes[people[rows]][:, variants[60:70]]
    )
    copied = write_store(found.packed, tmp_path / "copy")
    assert open_store(tmp_path / "copy").bits == 8
    np.testing.assert_array_equal(np.asarray(copied), np.asarray(found.packed))


def test_build_store__not_over_one_of_two_bits(prefix, tmp_path):
    dosages = prefix.with_suffix(".dosages").read_bytes()
    prefix.with_suffix(".dosages").unlink()
    assert build_store(prefix, tmp_path / "s").bits == 2
    prefix.with_suffix(".dosages").write_bytes(dosages)
    with pytest.raises(FileExistsError, match="other dosages"):
        build_store(prefix, tmp_path / "s")
    assert build_store(prefix, tmp_path / "s", replace=True).bits == 8


CHILD = f"""
import os, signal, sys
from gxjax.genotypes import build_store, store_layout
store_layout._SHARD_ROWS, store_layout._SHARD_BYTES = {SHARD}
def die(done, total, note):
    if done >= 20:
        os.kill(os.getpid(), signal.SIGKILL)
build_store(sys.argv[1], sys.argv[2], max_memory={11 * 16 * 64}, progress=die)
"""


def test_build_store__of_dosages_killed_ends_byte_identical(prefix, codes, tmp_path):
    words = [sys.executable, "-c", CHILD, str(prefix), str(tmp_path / "s")]
    child = subprocess.run(words, env=os.environ, check=False)
    assert child.returncode == -signal.SIGKILL
    marker = Vault.at(tmp_path / "s").read_marker()
    assert marker.bits == 8
    assert 20 <= marker.done < 9 * 11
    with pytest.raises(ValueError, match="unfinished"):
        open_store(tmp_path / "s")
    calls = []
    build_store(prefix, tmp_path / "s", progress=lambda *c: calls.append(c))
    assert calls[0][0] == marker.done
    build_store(open_bed_source(prefix), tmp_path / "whole")
    assert files(tmp_path / "s") == files(tmp_path / "whole")
    np.testing.assert_array_equal(np.asarray(open_store(tmp_path / "s")), codes)

"""A store built by a process that is killed, or that is watched while it works."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from gxjax.genotypes import (
    build_store,
    open_store,
    simulate_genotypes,
    store_layout,
    write_bim,
    write_fam,
    write_plink,
)
from gxjax.genotypes.store_files import Vault

SHARD = 16, 64
"""Rows and bytes of a shard in the test that kills, so that a small cohort has many."""


def files(folder):
    """Everything in a folder, hidden files and locks too."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


PART = 100
"""Shards after which a child waits to be killed, so that it never ends on its own."""

CHILD = f"""
import sys, time
from gxjax.genotypes import build_store, store_layout
store_layout._SHARD_ROWS, store_layout._SHARD_BYTES = {SHARD}
begun = []

def wait_in_the_end(done, total, words):
    begun.append(done)
    while done > begun[0] + {PART}:
        time.sleep(60)

print("begins", flush=True)
memory = {11 * SHARD[0] * SHARD[1]}
build_store(sys.argv[1], sys.argv[2], max_memory=memory, progress=wait_in_the_end)
"""


def test_build_store__killed_at_any_moment_ends_byte_identical(
    key, tmp_path, monkeypatch
):
    monkeypatch.setattr(store_layout, "_SHARD_ROWS", SHARD[0])
    monkeypatch.setattr(store_layout, "_SHARD_BYTES", SHARD[1])
    write_plink(simulate_genotypes(key, 600, 3000), tmp_path / "x")
    build_store(tmp_path / "x", tmp_path / "whole")
    path, vault = tmp_path / "killed", Vault.at(tmp_path / "killed")
    total, reached = 38 * 12, 0
    for delay in np.random.default_rng(5).uniform(0.01, 0.08, 3):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(tmp_path / "x"), str(path)],
            stdout=subprocess.PIPE,
        )
        with child:
            assert child.stdout.readline() == b"begins\n"
            wait_until_past(vault, reached, child)
            time.sleep(delay)
            os.kill(child.pid, signal.SIGKILL)
        assert reached < progress_of(vault) < total
        reached = progress_of(vault)
        with pytest.raises(ValueError, match=f"unfinished, {reached} of {total}"):
            open_store(path)
    calls = []
    build_store(tmp_path / "x", path, progress=lambda *c: calls.append(c))
    assert calls[0][:2] == (reached, total)
    assert files(path) == files(tmp_path / "whole")


def progress_of(vault):
    marker = vault.read_marker()
    return marker.done if marker else 0


def wait_until_past(vault, reached, child):
    for _ in range(6000):
        if progress_of(vault) > reached:
            return
        assert child.poll() is None, "the build ended before it could be killed"
        time.sleep(0.005)
    raise AssertionError("the build does not begin")


MEASURED = """
import re, sys, threading
from pathlib import Path
from gxjax.genotypes import build_store, store_build

def resident():
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"RssAnon:\\s+(\\d+)", status)[1])

def watch():
    while not over.wait(0.002):
        peak.append(resident())

begin, over, peak = store_build._write_shards, threading.Event(), []

def measured(*arguments):
    before = resident()
    watcher = threading.Thread(target=watch)
    watcher.start()
    begin(*arguments)
    over.set()
    watcher.join()
    print((max(peak) - before) * 1024)

store_build._write_shards = measured
build_store(sys.argv[1], sys.argv[2], max_memory=int(sys.argv[3]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_build_store__keeps_to_its_memory(key, tmp_path):
    people, count = 40_000, 16_384
    _, variants, samples, _ = simulate_genotypes(key, people, 1)
    write_bim(pd.concat([variants] * count), tmp_path / "x.bim")
    write_fam(samples, tmp_path / "x.fam")
    octets = np.random.default_rng(0).bytes(people // 4 * count)
    (tmp_path / "x.bed").write_bytes(b"\x6c\x1b\x01" + octets)
    limit = 48 << 20
    words = [tmp_path / "x", tmp_path / "s", limit]
    result = subprocess.run(
        [sys.executable, "-c", MEASURED, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        # Else every thread has an arena: as many as the machine has cores.
        env=os.environ | {"MALLOC_ARENA_MAX": "1"},
    )
    assert result.returncode == 0, result.stderr
    # Buffers of the transposition and the allocator's habits come on top.
    assert int(result.stdout) < limit + (24 << 20) < len(octets) // 2

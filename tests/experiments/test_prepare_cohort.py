"""The cohort stage: bounded in memory, resumed where it was, the same as in memory."""

import os
import shutil
import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from experiments import flags, prepare_cohort
from experiments.records import STORE, load_cohort
from experiments.workdir import Workdir
from gxjax.cohort import (
    build_cohort,
    filter_genotypes,
    read_covariates,
    read_phenotype,
)
from gxjax.genotypes import (
    read_plink,
    select_variants,
    simulate_genotypes,
    store_layout,
    write_bim,
    write_fam,
    write_plink,
)
from gxjax.genotypes.store_files import Vault
from gxjax.types import Genotypes

SHARD = 16, 64
"""Rows and bytes of a shard in the tests that kill, so that a small cohort has many."""

FILTERS = ("--maf=0.05", "--geno=0.2", "--mind=0.5", "--hwe=1e-9")


def prepare(words):
    """The cohort stage alone, in this process; its workdir."""
    given = flags.parse(words)
    work = Workdir(given.workdir)
    prepare_cohort.run(given.configuration, work)
    return work


def files(folder):
    """Everything in a folder, hidden files and locks too."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


@pytest.fixture
def per_chromosome(fileset, tmp_path):
    """Prefix chr@ of the same cohort."""
    whole = read_plink(fileset)
    for name, rows in whole.variants.groupby("CHROM"):
        columns = rows.index.to_numpy()
        part = select_variants(whole.packed, len(whole.variants), columns)
        table = rows.reset_index(drop=True)
        write_plink(Genotypes(part, table, whole.samples), tmp_path / f"chr{name}")
    return f"{tmp_path}/chr@"


@pytest.mark.parametrize("several", [False, True])
def test_run__equals_the_library_in_memory(
    fileset, per_chromosome, arguments, tmp_path, several
):
    pheno = pd.read_csv(f"{fileset}.pheno", sep="\t", dtype={"#FID": str, "IID": str})
    pheno.iloc[::11, -1] = np.nan
    pheno.to_csv(tmp_path / "p", sep="\t", index=False, na_rep="NA")
    prefix = per_chromosome if several else fileset
    words = (f"--bfile={prefix}", f"--pheno={tmp_path / 'p'}", *FILTERS)
    found = load_cohort(prepare(arguments(tmp_path / "out", *words)))
    kept, _ = filter_genotypes(
        read_plink(prefix), maf=0.05, geno=0.2, mind=0.5, hwe=1e-9
    )
    expected, _ = build_cohort(
        kept,
        read_phenotype(tmp_path / "p"),
        read_covariates(f"{fileset}.covar"),
        seed=0,
    )
    assert len(found.split) == 363
    np.testing.assert_array_equal(found.genotypes.packed, expected.genotypes.packed)
    for name in ("phenotype", "split", "counts"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    np.testing.assert_array_equal(found.encoding.scale, expected.encoding.scale)
    for name in ("variants", "samples"):
        tables = (getattr(each.genotypes, name) for each in (found, expected))
        pd.testing.assert_frame_equal(*tables)


def test_run__names_the_memory_that_it_needs(arguments, tmp_path):
    with pytest.raises(ValueError, match=r"max_memory: 107 bytes; a store of 400 peo"):
        prepare(arguments(tmp_path / "out", "--max_memory=1e-7"))
    assert not (tmp_path / "out").exists()


KILLED = f"""
import os, signal, sys
from experiments import flags, prepare_cohort
from experiments.workdir import Workdir
from gxjax.genotypes import store_layout
from gxjax.genotypes.store_files import Vault
store_layout._SHARD_ROWS, store_layout._SHARD_BYTES = {SHARD}
write = Vault.write_marker

def write_and_die(vault, marker):
    write(vault, marker)
    if marker.done >= 20:
        os.kill(os.getpid(), signal.SIGKILL)

Vault.write_marker = write_and_die
given = flags.parse(sys.argv)
prepare_cohort.run(given.configuration, Workdir(given.workdir))
"""


@pytest.fixture
def killed(key, tmp_path, monkeypatch, arguments):
    """A stage that was killed within the store: its command line, and its marker."""
    monkeypatch.setattr(store_layout, "_SHARD_ROWS", SHARD[0])
    monkeypatch.setattr(store_layout, "_SHARD_BYTES", SHARD[1])
    genotypes = simulate_genotypes(key, 600, 3000)
    write_plink(genotypes, tmp_path / "x")
    pheno = genotypes.samples[["FID", "IID"]]
    pheno = pheno.assign(height=np.random.default_rng(0).normal(170, 5, 600))
    pheno.to_csv(tmp_path / "x.pheno", sep="\t", index=False)
    own = [f"--bfile={tmp_path / 'x'}", f"--pheno={tmp_path / 'x.pheno'}"]
    # One shard at a time: the marker of all must not be the first.
    own += [f"--max_memory={11 * SHARD[0] * SHARD[1] / 2**30}"]
    words = [*arguments(tmp_path / "out", *own), "--covar="]
    words = [word for word in words if not word.startswith("--covar")]
    command = [sys.executable, "-c", KILLED, *words[1:]]
    child = subprocess.run(command, capture_output=True, text=True)
    assert child.returncode == -signal.SIGKILL, child.stderr
    return words, Vault.at(tmp_path / "out" / "cohort" / STORE).read_marker()


def test_run__goes_on_with_the_store_that_a_killed_run_began(killed, tmp_path):
    words, marker = killed
    down, across = marker.layout.grid
    assert 20 <= marker.done < down * across
    first = tmp_path / "out" / "cohort" / STORE / "c" / "0" / "0"
    before = first.stat().st_mtime_ns
    prepare(words)
    assert first.stat().st_mtime_ns == before
    again = [word.replace("/out", "/again") for word in words]
    assert files(prepare(again).path) == files(tmp_path / "out")


def test_run__builds_anew_after_other_filters_or_files(killed, tmp_path):
    words, _ = killed
    shutil.copytree(tmp_path / "out", tmp_path / "other")
    narrower = [*words, "--maf=0.1"]
    prepare(narrower)
    again = [word.replace("/out", "/again") for word in narrower]
    assert files(prepare(again).path) == files(tmp_path / "out")
    # The same genotypes, but who could tell: the file is another.
    status = (tmp_path / "x.bed").stat()
    times = status.st_atime_ns, status.st_mtime_ns + 10**9
    os.utime(tmp_path / "x.bed", ns=times)
    shard = tmp_path / "other" / "cohort" / STORE / "c" / "0" / "0"
    before = shard.stat().st_mtime_ns
    prepare([word.replace("/out", "/other") for word in words])
    assert shard.stat().st_mtime_ns != before


MEASURED = """
import re, sys
from pathlib import Path
import jax
import pyarrow.parquet
from experiments import cohort_linkage, flags, prepare_cohort
from experiments.workdir import Workdir
from gxjax import testing
from gxjax.genotypes import store_files, store_layout
from gxjax.linkage import Window, find_neighbours

WINDOW = Window(variants=16)

def peak():
    # Not getrusage: its peak is the parent's, where that was higher when it forked.
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

# All that does not grow with the cohort is made small beside it.
store_layout._SHARD_ROWS, store_layout._SHARD_BYTES = 512, 2048
store_files._CACHE_BYTES = 1 << 20
# All variants lie in one place, so LD would be of all pairs.
cohort_linkage._WIDEST = 16
given = flags.parse(sys.argv)
# The programs that count pairs, compiled: they are the same for any cohort.
find_neighbours(testing.simulate_cohort(jax.random.key(0), 50, 40).genotypes, WINDOW)
before = peak()
prepare_cohort.run(given.configuration, Workdir(given.workdir))
print((peak() - before) * 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_run__keeps_to_its_memory(key, tmp_path):
    """Of a .bed of 200 MB, which takes its time; mapped pages of it count too."""
    people, count = 25_000, 32_000
    _, variants, samples, _ = simulate_genotypes(key, people, 1)
    write_bim(pd.concat([variants] * count), tmp_path / "x.bim")
    write_fam(samples, tmp_path / "x.fam")
    octets = np.random.default_rng(0).bytes(people // 4 * count)
    (tmp_path / "x.bed").write_bytes(b"\x6c\x1b\x01" + octets)
    values = np.random.default_rng(1).normal(size=people)
    pheno = samples[["FID", "IID"]].assign(height=values)
    pheno.to_csv(tmp_path / "x.pheno", sep="\t", index=False)
    words = [f"--bfile={tmp_path / 'x'}", f"--pheno={tmp_path / 'x.pheno'}"]
    words += [f"--workdir={tmp_path / 'out'}", "--max_memory=0.02", "--mind=0.9"]
    result = subprocess.run(
        [sys.executable, "-c", MEASURED, *words],
        capture_output=True,
        text=True,
        check=False,
        # Else every thread has an arena: as many as the machine has cores.
        env=os.environ | {"MALLOC_ARENA_MAX": "1"},
    )
    assert result.returncode == 0, result.stderr
    risen = int(result.stdout.splitlines()[-1])
    # Tables, windows of the .bed and the allocator's habits come on top.
    assert risen < 0.02 * 2**30 + (100 << 20) < len(octets) * 0.65


def test_launcher__raises_where_the_input_changed(fileset, arguments, tmp_path):
    """The stage alone, run again after its phenotypes were mended."""
    pheno = tmp_path / "mine.pheno"
    shutil.copy(f"{fileset}.pheno", pheno)
    words = arguments(tmp_path / "out", f"--pheno={pheno}")[1:]
    command = [sys.executable, "-m", "experiments.prepare_cohort", *words]
    subprocess.run(command, check=True, capture_output=True)
    pheno.write_text(pheno.read_text() + "\n")
    again = subprocess.run(command, capture_output=True, text=True)
    assert again.returncode == 2
    assert "mine.pheno changed since" in again.stderr
    subprocess.run([*command, "--overwrite"], check=True, capture_output=True)

"""Whatever is damaged in a file, reading it brings a clear error or a whole table."""

import gzip

import jax
import numpy as np
import pyarrow
import pytest
from hypothesis import given
from mutations import PROFILE, damage

from experiments.baseline_file import read_baselines
from experiments.records import load_cohort, save_cohort
from experiments.strata import read_strata
from experiments.workdir import Workdir
from gxjax.cohort import read_covariates, read_phenotype
from gxjax.cohort.allele_check import read_afreq
from gxjax.cohort.chromosome import chromosomes_of
from gxjax.cohort.id_list import read_id_list, read_variant_list
from gxjax.genotypes import (
    open_bed_source,
    open_store,
    read_plink,
    simulate_genotypes,
    write_plink,
    write_store,
)
from gxjax.testing import simulate_cohort

PEOPLE, VARIANTS = 18, 12


def outcome(read, *names):
    """What is read; or None, where an error names one of the files."""
    try:
        return read()
    except (ValueError, OSError) as error:
        said = str(error)
    assert any(name in said for name in names), said
    return None


@pytest.fixture(scope="module")
def genotypes():
    return simulate_genotypes(jax.random.key(0), PEOPLE, VARIANTS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("to damage")


@pytest.fixture(scope="module")
def prefix(folder, genotypes):
    write_plink(genotypes, folder / "c")
    return folder / "c"


def examine(path, judge):
    """Judges what is read after every damage to a file, which is whole again then."""
    octets = path.read_bytes()

    @PROFILE
    @given(damage())
    def check(change):
        path.write_bytes(change(octets))
        judge()

    try:
        check()
    finally:
        path.write_bytes(octets)


@pytest.mark.parametrize("suffix", [".bed", ".bim", ".fam"])
def test_fileset__is_refused_or_of_one_size(prefix, suffix):
    def judge():
        found = outcome(lambda: read_plink(prefix), "c.bed", "c.bim", "c.fam")
        if found is None:
            return
        people, variants = len(found.samples), len(found.variants)
        size = prefix.with_suffix(".bed").stat().st_size
        assert size == 3 + -(-people // 4) * variants
        assert found.packed.shape == (people, -(-variants // 4))
        source = open_bed_source(prefix)
        outcome(lambda: chromosomes_of(source), "c.bim, variant ")

    examine(prefix.with_suffix(suffix), judge)


HEAD = "#CHROM\tPOS\tID\tREF\tALT\tALT_FREQS\tOBS_CT\n"
PERSON = [f"f{i}\ti{i}\t" for i in range(9)]
TABLES = {
    "pheno": (
        read_phenotype,
        "#FID\tIID\tx\n",
        [f"{p}{i}.5\n" for i, p in enumerate(PERSON)],
    ),
    "covar": (read_covariates, "FID IID a b\n", [f"{p}1 -0.5e-3\n" for p in PERSON]),
    "keep": (read_id_list, "", [f"{p}\n" for p in PERSON]),
    "extract": (read_variant_list, "", [f"rs{i}\n" for i in range(9)]),
    "baseline": (
        read_baselines,
        "ID\tA1\tone\n",
        [f"rs{i}\tA\t1.5\n" for i in range(9)],
    ),
    "strata": (read_strata, "FID\tIID\tg\n", [f"{p}north\n" for p in PERSON]),
    "afreq": (read_afreq, HEAD, [f"1\t{i}\trs{i}\tA\tG\t0.25\t18\n" for i in range(9)]),
}
PACKED = {
    "plain": bytes,
    "gz": gzip.compress,
    "zst": lambda octets: pyarrow.compress(octets, codec="zstd", asbytes=True),
}


@pytest.mark.parametrize("kind", sorted(TABLES))
@pytest.mark.parametrize("pack", sorted(PACKED))
def test_table__is_refused_or_whole(folder, kind, pack):
    read, head, lines = TABLES[kind]
    path = folder / f"my.{kind}"
    path.write_bytes(PACKED[pack]((head + "".join(lines)).encode()))

    def judge():
        found = outcome(lambda: read(path), f"my.{kind}")
        if kind not in ("keep", "extract") and found is not None:
            assert len(found) > 0
            assert not found.columns.has_duplicates
            assert found.iloc[:, 0].notna().all()

    examine(path, judge)


def files_of(folder):
    return sorted(each for each in folder.rglob("*") if each.is_file())


def test_store__is_refused_or_unchanged(folder, genotypes):
    """Shards have checksums: not one changed genotype gets through."""
    path = folder / "s.zarr"
    write_store(genotypes.packed, path)
    assert len(files_of(path)) >= 3

    def judge():
        found = outcome(lambda: open_store(path).read(), "s.zarr")
        if found is not None:
            np.testing.assert_array_equal(found, genotypes.packed)

    for file in files_of(path):
        examine(file, judge)


def test_cohort_stage__is_refused_or_read(folder):
    """What a finished stage wrote: an error says which file, and how to redo it."""
    work = Workdir(folder / "out")
    cohort = simulate_cohort(jax.random.key(0), 60, 20)
    stage = work.path / "cohort"
    stage.mkdir(parents=True)
    save_cohort(cohort, stage)
    written = files_of(stage)
    write_store(cohort.genotypes.packed, stage / "genotypes.zarr")
    assert load_cohort(work).name == cohort.name
    for file in written:
        examine(file, lambda name=file.name: outcome(lambda: load_cohort(work), name))

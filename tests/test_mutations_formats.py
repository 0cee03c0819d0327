"""Damaged files of other formats: their libraries may crash, so each has a process."""

import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest
from mutations import EXAMPLES

from gxjax.genotypes import simulate_genotypes, write_plink

LIBRARIES = {"pgen": "pgenlib", "vcf": "cyvcf2", "bgen": "bgen", "vcz": "zarr"}
COUNT = EXAMPLES // 2


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Prefix of a fileset from which plink2 makes the others."""
    prefix = tmp_path_factory.mktemp("other formats") / "q"
    write_plink(simulate_genotypes(jax.random.key(0), 18, 12), prefix)
    return prefix


def read_damaged(kind, path, target, count=COUNT):
    """Asserts that every damage to `target` brings whole genotypes or a named error."""
    script = Path(__file__).with_name("mutated_formats.py")
    words = [kind, path, target, 0, count]
    command = [sys.executable, str(script), *map(str, words)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = result.stdout.splitlines()
    wrong = [line for line in lines if line.split(" ", 1)[1:] != [""]]
    assert not wrong, wrong
    assert result.returncode == 0, (lines[-1:], result.stderr[-2000:])
    assert len(lines) == count


@pytest.mark.parametrize(
    ("kind", "name", "damaged", "words"),
    [
        ("pgen", "q.pgen", ".pgen", ["--make-pgen"]),
        ("pgen", "q.pgen", ".pvar", ["--make-pgen"]),
        ("pgen", "q.pgen", ".psam", ["--make-pgen"]),
        ("vcf", "q.vcf", ".vcf", ["--export", "vcf"]),
        ("bgen", "q.bgen", ".bgen", ["--export", "bgen-1.2", "bits=8", "ref-first"]),
        ("vcf", "q.vcf.gz", ".vcf.gz", ["--export", "vcf", "bgz"]),
        ("vcf", "q.bcf", ".bcf", ["--export", "bcf"]),
    ],
)
def test_format__is_refused_or_whole(made, plink2, peer, kind, name, damaged, words):
    peer(LIBRARIES[kind])
    plink2("--bfile", made, *words, "--out", made)
    read_damaged(kind, made.with_name(name), made.with_suffix(damaged))


ARRAYS = {
    "call_genotype": np.array([[[0, 0], [0, 1], [1, 1], [-1, -1]]] * 5, np.int8),
    "contig_id": np.array(["1", "X"], "<U2"),
    "sample_id": np.array(list("abcd"), "<U1"),
    "variant_allele": np.array([["A", "C"]] * 5, "<U3"),
    "variant_contig": np.array([0, 0, 0, 1, 1], np.int8),
    "variant_position": np.arange(5, dtype=np.int32),
}


def test_vcf_zarr__is_refused_or_whole(peer, tmp_path):
    path = tmp_path / "q.vcz"
    group = peer("zarr").open_group(str(path), mode="w", zarr_format=2)
    for name, values in ARRAYS.items():
        group.create_array(name, data=values)
    read_damaged("vcz", path, path, count=4 * COUNT)

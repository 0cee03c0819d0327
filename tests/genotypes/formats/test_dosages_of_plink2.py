"""Dosages, and the hard calls made of them, equal those of plink2 for every format."""

import numpy as np
import pytest

from gxjax.genotypes.formats import (
    open_bgen,
    open_pgen,
    open_vcf,
    open_vcf_zarr,
    samples_of_psam,
)

UNIT = 2.0**-14


def lines(seed=0, count=60, chromosome="1"):
    """Lines with GT:DS:GP:HDS, diploid and haploid, some missing, DS within HDS."""
    generator = np.random.default_rng(seed)
    for row in range(count):
        people = []
        for _ in range(4):
            haploid = chromosome == "X" and generator.random() < 0.5
            first, second = np.round(generator.uniform(0, 1, 2) ** 3, 3)
            ends = np.round(generator.dirichlet((0.2, 0.2, 0.2)), 3)
            if haploid:
                gt, ds, hds = "1", f"{first:g}", f"{first:g}"
                gp = f"{1 - first:.3f},{first:.3f}"
            else:
                gt, ds, hds = "0/1", f"{first + second:g}", f"{first:g},{second:g}"
                gp = ",".join(f"{share:.3f}" for share in ends)
            lost = generator.random(4) < 0.15
            none = "." if haploid else "./."
            fields = np.where(lost, [none, ".", ".", "."], [gt, ds, gp, hds])
            people.append(":".join(fields))
        fixed = f"{chromosome} {10 + row} v{row} A C . . . GT:DS:GP:HDS"
        yield " ".join([fixed, *people])


@pytest.mark.parametrize("field", ["DS", "GP", "HDS"])
@pytest.mark.parametrize("chromosome", ["1", "X"])
def test_vcf(make_vcf, plink2_dosages, only_chunk, field, chromosome):
    path = make_vcf(lines(chromosome=chromosome))
    peer = "GP-force" if field == "GP" else field
    calls, dosages = plink2_dosages("--vcf", path, f"dosage={peer}")
    chunk = only_chunk(open_vcf(path, dosage=field))
    np.testing.assert_array_equal(chunk.codes, calls)
    np.testing.assert_allclose(chunk.dosages, dosages, atol=UNIT)
    assert 0.2 < (calls == 3).mean() < 0.9


def test_vcf__threshold_and_gt_alone(make_vcf, plink2_dosages, only_chunk):
    more = ["2 1 w A C . . . DS 0.1 1.1 . 0", "2 2 w A C . . . GT 0 1/1 . 0|1"]
    path = make_vcf([*lines(), *more])
    calls, dosages = plink2_dosages(
        "--vcf", path, "dosage=DS", "--hard-call-threshold", 0.3
    )
    chunk = only_chunk(open_vcf(path, dosage="DS", hard_call_threshold=0.3))
    np.testing.assert_array_equal(chunk.codes, calls)
    np.testing.assert_allclose(chunk.dosages, dosages, atol=UNIT)
    calls, _ = plink2_dosages("--vcf", path)
    chunk = only_chunk(open_vcf(path))
    np.testing.assert_array_equal(chunk.codes, calls)
    assert chunk.dosages is None


@pytest.fixture
def dosage_pgen(make_vcf, plink2, tmp_path):
    """A plink2 fileset with dosages, on chromosomes 1 and X."""
    rows = [*lines(), *lines(seed=1, count=20, chromosome="X")]
    plink2("--vcf", make_vcf(rows), "dosage=DS", "--make-pgen", "--out", tmp_path / "p")
    return tmp_path / "p"


@pytest.mark.parametrize("threshold", [None, 0.25])
def test_pgen(dosage_pgen, plink2_dosages, only_chunk, threshold):
    words = [] if threshold is None else ["--hard-call-threshold", threshold]
    calls, dosages = plink2_dosages("--pfile", dosage_pgen, *words)
    chunk = only_chunk(open_pgen(dosage_pgen, hard_call_threshold=threshold))
    np.testing.assert_array_equal(chunk.codes, calls)
    np.testing.assert_allclose(chunk.dosages, dosages, atol=UNIT)


@pytest.mark.parametrize("bits", [1, 3, 8, 16])
@pytest.mark.parametrize("end", ["first", "last"])
def test_bgen(dosage_pgen, plink2, plink2_dosages, tmp_path, only_chunk, bits, end):
    plink2("--pfile", dosage_pgen, "--export", "bgen-1.2", f"bits={bits}",
           f"ref-{end}", "--out", tmp_path / "b")  # fmt: skip
    path = tmp_path / "b.bgen"
    calls, dosages = plink2_dosages("--bgen", path, f"ref-{end}")
    chunk = only_chunk(open_bgen(path, ref_first=end == "first"))
    np.testing.assert_array_equal(chunk.codes, calls)
    np.testing.assert_allclose(chunk.dosages, dosages, atol=UNIT)


@pytest.mark.parametrize("phased", [False, True])
@pytest.mark.parametrize("compression", ["zlib", "zstd", None])
def test_bgen__phased_and_packed_otherwise(
    peer, plink2_dosages, tmp_path, only_chunk, compression, phased
):
    bgen = peer("bgen")
    generator = np.random.default_rng(3)
    with bgen.BgenWriter(
        str(tmp_path / "w.bgen"),
        50,
        [f"p{row}" for row in range(50)],
        compression=compression,
    ) as writer:
        for row in range(20):
            shares = generator.dirichlet((0.1,) * (2 if phased else 3), 50)
            if phased:
                shares = np.hstack([shares, generator.permutation(shares)])
            writer.add_variant(
                f"a{row}", f"rs{row}", "1", row + 1, ["A", "G"], shares, phased=phased
            )
    calls, dosages = plink2_dosages("--bgen", tmp_path / "w.bgen", "ref-first")
    chunk = only_chunk(open_bgen(tmp_path / "w.bgen"))
    np.testing.assert_array_equal(chunk.codes, calls)
    np.testing.assert_allclose(chunk.dosages, dosages, atol=UNIT)


def test_imported__dosages_of_every_format_are_one(
    make_vcf, dosage_pgen, plink2, peer, tmp_path, read_back
):
    """.dosages holds 127 x dosage, and read_plink the hard calls of plink2."""
    plink2("--pfile", dosage_pgen, "--chr", "1", "--make-pgen", "--out", tmp_path / "q")
    plink2("--pfile", tmp_path / "q", "--export", "vcf", "bgz", "vcf-dosage=DS-force",
           "id-paste=iid", "--out", tmp_path / "q")  # fmt: skip
    peer("bio2zarr.vcf").convert([str(tmp_path / "q.vcf.gz")], str(tmp_path / "q.vcz"))
    psam = samples_of_psam(tmp_path / "q.psam")
    pgen = open_pgen(tmp_path / "q", hard_call_threshold=0.1)
    expected, imported = read_back(pgen)
    octets = (tmp_path / "back.dosages").read_bytes()
    assert len(octets) == 4 * 60
    assert imported.uncertain > 20
    for stream in (
        open_vcf(tmp_path / "q.vcf.gz", dosage="DS", name_samples=psam),
        open_vcf_zarr(tmp_path / "q.vcz", dosage="DS", name_samples=psam),
    ):
        found, _ = read_back(stream)
        np.testing.assert_array_equal(found.packed, expected.packed)
        other = np.frombuffer((tmp_path / "back.dosages").read_bytes(), np.uint8)
        # plink2 writes 6 digits.
        far = np.abs(other.astype(int) - np.frombuffer(octets, np.uint8))
        assert far.max() <= 1
        assert far.sum() <= 3

"""The same cohort from every format, and flags that contradict each other."""

import os
import time

import numpy as np
import pandas as pd
import pytest

from experiments import flags, prepare_cohort
from experiments.genotype_files import genotype_flag, genotype_parts
from experiments.input_files import check_inputs
from experiments.records import load_cohort
from experiments.workdir import Workdir
from gxjax.genotypes import read_plink, simulate_genotypes, write_plink


@pytest.fixture
def other_formats(fileset, plink2, peer, tmp_path):
    """`other_formats(name) -> flags` of the fileset, as other tools write it."""
    folder = tmp_path / "in put"
    folder.mkdir()

    def make(name):
        out = folder / "c"
        if name == "vcz":
            # Of several chromosomes bio2zarr wants an index, which bcftools makes.
            for chromosome in read_plink(fileset).variants["CHROM"].unique():
                part = folder / f"c{chromosome}"
                plink2("--bfile", fileset, "--chr", chromosome, "--export", "vcf",
                       "bgz", "id-paste=iid", "--out", part)  # fmt: skip
                peer("bio2zarr.vcf").convert([f"{part}.vcf.gz"], f"{part}.vcz")
            return [f"--vcz={folder}/c@.vcz", "--double_id"]
        words = {
            "pfile": ("--make-pgen", "vzs"),
            "vcf": ("--export", "vcf", "id-paste=iid"),
            "bcf": ("--export", "bcf", "id-paste=iid"),
            "bgen": ("--export", "bgen-1.2", "bits=8", "ref-first"),
        }[name]
        plink2("--bfile", fileset, *words, "--out", out)
        return {
            "pfile": [f"--pfile={out}"],
            "vcf": [f"--vcf={out}.vcf", "--double_id"],
            "bcf": [f"--vcf={out}.bcf", f"--psam={fileset}.fam"],
            "bgen": [f"--bgen={out}.bgen", f"--sample={out}.sample"],
        }[name]

    return make


def prepare(words):
    """The cohort stage alone; its workdir and notes."""
    given = flags.parse(words)
    work = Workdir(given.workdir)
    return work, prepare_cohort.run(given.configuration, work)


def without_bfile(words):
    return [word for word in words if not word.startswith("--bfile")]


@pytest.mark.parametrize("name", ["pfile", "vcf", "bcf", "bgen", "vcz"])
def test_cohort__is_the_same_from_every_format(
    fileset, arguments, other_formats, tmp_path, name
):
    filters = ("--maf=0.05", "--hwe=1e-6")
    work, _ = prepare(arguments(tmp_path / "bed", *filters))
    words = [*arguments(tmp_path / "out", *filters), *other_formats(name)]
    other, notes = prepare(without_bfile(words))
    expected, found = load_cohort(work), load_cohort(other)
    np.testing.assert_array_equal(found.genotypes.packed, expected.genotypes.packed)
    for field in ("phenotype", "split", "counts"):
        pair = (getattr(each, field) for each in (found, expected))
        np.testing.assert_array_equal(*pair)
    for field in ("mean", "scale", "fill"):
        pair = (getattr(each.encoding, field) for each in (found, expected))
        np.testing.assert_array_equal(*pair)
    tables = (each.genotypes.variants.drop(columns="CM") for each in (found, expected))
    pd.testing.assert_frame_equal(*tables)
    assert any("first allele of each variant" in note for note in notes) == (
        name == "bgen"
    )
    assert not (other.path / "imported" / "genotypes.dosages").exists()


def test_imported__once_unless_a_file_or_flag_changes(
    arguments, other_formats, tmp_path, capsys
):
    given = other_formats("pfile")
    words = without_bfile([*arguments(tmp_path / "out"), *given])
    prepare(words)
    bed = tmp_path / "out" / "imported" / "genotypes.bed"
    first = bed.stat().st_mtime_ns
    prepare([*words, "--maf=0.1"])
    assert bed.stat().st_mtime_ns == first
    assert "imported before" in capsys.readouterr().out
    prepare([*words, "--hard_call_threshold=0.2"])
    assert bed.stat().st_mtime_ns != first
    second = bed.stat().st_mtime_ns
    pgen = tmp_path / "in put" / "c.pgen"
    os.utime(pgen, ns=(time.time_ns(), pgen.stat().st_mtime_ns + 10**9))
    prepare([*words, "--hard_call_threshold=0.2"])
    assert bed.stat().st_mtime_ns != second


def test_check_inputs__notices_a_changed_part_of_a_folder(
    arguments, other_formats, tmp_path
):
    words = without_bfile([*arguments(tmp_path / "out"), *other_formats("vcz")])
    work, _ = prepare(words)
    work.finish("cohort", 1, [])
    configuration = flags.parse(words).configuration
    check_inputs(configuration, work)
    part = next((tmp_path / "in put" / "c1.vcz" / "call_genotype").rglob("*"))
    os.utime(part, ns=(time.time_ns(), time.time_ns() + 10**9))
    with pytest.raises(ValueError, match=r"c1.vcz changed since"):
        check_inputs(configuration, work)


def test_imported__dosages_and_sexless_x_are_said(plink2, arguments, fileset, tmp_path):
    """DS of people who have it; the fileset's first variants on X."""
    whole = read_plink(fileset)
    people = whole.samples["IID"].tolist()
    rows = [f"X {5 + row} v{row} A G . . . GT:DS" for row in range(9)]
    values = np.random.default_rng(0).uniform(0, 2, (9, len(people)))
    calls = [" ".join(f"./.:{value:.3f}" for value in row) for row in values]
    head = "#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT " + " ".join(people)
    lines = [head, *(f"{row} {call}" for row, call in zip(rows, calls, strict=True))]
    meta = (
        "##fileformat=VCFv4.3\n##contig=<ID=X>\n"
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="">\n'
        '##FORMAT=<ID=DS,Number=A,Type=Float,Description="">\n'
    )
    path = tmp_path / "x.vcf"
    path.write_text(meta + "\n".join(lines).replace(" ", "\t") + "\n")
    words = [*arguments(tmp_path / "out"), f"--vcf={path}", "--vcf_dosage=DS"]
    words += ["--double_id", "--noautosome"]
    _, notes = prepare(without_bfile(words))
    assert any("dosages are no hard calls" in note for note in notes)
    assert any("says nobody's sex" in note for note in notes)
    octets = (tmp_path / "out" / "imported" / "genotypes.dosages").read_bytes()
    rounded = np.frombuffer(octets, np.uint8).reshape(values.shape) / 127
    np.testing.assert_allclose(rounded, values, atol=1 / 127)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--bfile=a", "--vcf=b"], "--bfile and --vcf: genotypes come from one of"),
        (["--bfile=a", "--sample=b"], "--sample goes with --bgen; --bfile does not"),
        (["--pfile=a", "--vcf_dosage=DS"], "--vcf_dosage goes with --vcf or --vcz"),
        (["--vcf=a", "--bgen_ref=last"], "--bgen_ref goes with --bgen"),
        (["--bfile=a", "--dosages=never"], "--dosages goes with --pfile"),
        (["--max_alleles=2"], "none is given"),
    ],
)
def test_genotype_flag__raises_on_contradictions(words, message):
    with pytest.raises(ValueError, match=message):
        genotype_flag(flags.parse(["x", *words]).configuration.cohort)


def test_genotype_parts__of_each_chromosome(tmp_path):
    for name in ("chr2.bgen", "chr2.sample", "chr1.bgen", "chr1.sample", "chr.psam"):
        (tmp_path / name).write_text("")
    words = [f"--bgen={tmp_path}/chr@.bgen", f"--sample={tmp_path}/chr@.sample"]
    found = genotype_parts(flags.parse(["x", *words]).configuration.cohort)
    names = ["chr1.bgen", "chr2.bgen", "chr1.sample", "chr2.sample"]
    assert [path.name for path in found] == names
    for word, message in (
        ("--vcf=/none/at.vcf", "--vcf=/none/at.vcf: no such file"),
        ("--pfile=/none/at", "--pfile=/none/at: no such file"),
        (f"--bgen={tmp_path}/chr2.bgen --sample=/none", "--sample=/none: no such file"),
    ):
        with pytest.raises(FileNotFoundError, match=message):
            genotype_parts(flags.parse(["x", *word.split()]).configuration.cohort)


def test_imported__chromosomes_of_several_files(key, plink2, tmp_path):
    whole = simulate_genotypes(key, 100, 60)
    write_plink(whole, tmp_path / "x")
    chromosomes = whole.variants["CHROM"].unique()
    for name in chromosomes:
        plink2("--bfile", tmp_path / "x", "--chr", name, "--export", "bgen-1.2",
               "ref-first", "--out", tmp_path / f"chr{name}")  # fmt: skip
    pheno = whole.samples[["FID", "IID"]].assign(height=np.arange(100.0))
    pheno.to_csv(tmp_path / "p", sep="\t", index=False)
    words = [f"--bgen={tmp_path}/chr@.bgen", f"--sample={tmp_path}/chr@.sample"]
    words += [f"--pheno={tmp_path}/p", f"--workdir={tmp_path}/out", "--batch_size=8"]
    prepare(["x", *words])
    found = read_plink(tmp_path / "out" / "imported" / "genotypes")
    np.testing.assert_array_equal(found.packed, whole.packed)
    assert len(chromosomes) > 3

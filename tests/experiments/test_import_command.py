"""Genotypes of any format as a fileset that every other command reads."""

import numpy as np
import pandas as pd
import pytest

from experiments import associate, import_genotypes
from experiments.command_line import help_page
from gxjax.genotypes import open_bed_source, read_plink, simulate_genotypes, write_plink

PEOPLE, VARIANTS = 200, 12


@pytest.fixture
def dosage_vcf(tmp_path):
    """`dosage_vcf(chromosome) -> DS [N, V]` of a VCF x.vcf, multiples of 1/127."""

    def write(chromosome="1"):
        codes = np.random.default_rng(1).integers(0, 255, (PEOPLE, VARIANTS))
        people = "\t".join(f"i{i}" for i in range(PEOPLE))
        lines = [
            "##fileformat=VCFv4.3",
            f"##contig=<ID={chromosome}>",
            '##FORMAT=<ID=DS,Number=A,Type=Float,Description="">',
            f"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{people}",
        ]
        for j, column in enumerate(codes.T / 127):
            head = f"{chromosome}\t{j + 1}\tv{j}\tA\tG\t.\t.\t.\tDS\t"
            lines.append(head + "\t".join(f"{value:.6f}" for value in column))
        (tmp_path / "x.vcf").write_text("\n".join(lines) + "\n")
        return codes / 127

    return write


def run(folder, *words):
    import_genotypes.main(["import_genotypes", f"--out={folder}/y", *words])


def test_import_genotypes__for_associate(dosage_vcf, plink2, tmp_path, capsys):
    dosage = dosage_vcf()
    run(tmp_path, f"--vcf={tmp_path}/x.vcf", "--vcf_dosage=DS", "--double_id")
    said = capsys.readouterr().out
    assert "y.bed, .bim, .fam, .dosages: 200 people x 12 variants" in said
    assert "dosages are no hard calls" in said
    assert "nobody's sex" not in said
    noise = np.random.default_rng(2).normal(size=PEOPLE)
    ids = read_plink(tmp_path / "y").samples[["FID", "IID"]]
    pheno = ids.rename(columns={"FID": "#FID"}).assign(height=dosage[:, 3] + noise)
    pheno.to_csv(tmp_path / "pheno", sep="\t", index=False)
    associate.main(["associate", f"--bfile={tmp_path}/y", f"--pheno={tmp_path}/pheno",
                    f"--out={tmp_path}/gwas"])  # fmt: skip
    assert "dosages of 8 bits" in capsys.readouterr().out
    plink2("--vcf", tmp_path / "x.vcf", "dosage=DS", "--double-id", "--pheno",
           tmp_path / "pheno", "--glm", "omit-ref", "allow-no-covars",
           "--out", tmp_path / "peer")  # fmt: skip
    ours, theirs = (
        pd.read_csv(tmp_path / f"{name}.height.glm.linear", sep="\t")
        for name in ("gwas", "peer")
    )
    text = [column for column in theirs if theirs[column].dtype == object]
    pd.testing.assert_frame_equal(ours[text], theirs[text])
    np.testing.assert_allclose(ours["T_STAT"], theirs["T_STAT"], 1e-4, 1e-4)
    np.testing.assert_allclose(ours["SE"], theirs["SE"], rtol=1e-4)


def test_import_genotypes__chromosomes_of_several_files(key, plink2, tmp_path):
    whole = simulate_genotypes(key, 60, 40)
    write_plink(whole, tmp_path / "x")
    chromosomes = whole.variants["CHROM"].unique()
    for name in chromosomes:
        plink2("--bfile", tmp_path / "x", "--chr", name, "--export", "bgen-1.2",
               "ref-first", "--out", tmp_path / f"chr{name}")  # fmt: skip
    run(tmp_path, f"--bgen={tmp_path}/chr@.bgen", f"--sample={tmp_path}/chr@.sample")
    found = read_plink(tmp_path / "y")
    np.testing.assert_array_equal(found.packed, whole.packed)
    assert len(chromosomes) > 3
    assert open_bed_source(tmp_path / "y").bits == 2


def test_import_genotypes__hard_calls_in_place_of_dosages(dosage_vcf, tmp_path, capsys):
    dosage_vcf("X")
    words = f"--vcf={tmp_path}/x.vcf", "--vcf_dosage=DS", "--double_id"
    run(tmp_path, *words)
    assert open_bed_source(tmp_path / "y").bits == 8
    run(tmp_path, *words, "--dosages=never")
    assert open_bed_source(tmp_path / "y").bits == 2
    assert capsys.readouterr().out.count("says nobody's sex") == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "expected one of --pfile, --vcf, --bgen, --vcz"),
        (["--vcf=x.vcf", "--pfile=x"], "--pfile and --vcf: genotypes come from one"),
        (["--vcf=x.vcf", "--bgen_ref=last"], "--bgen_ref goes with --bgen"),
        (["--vcf="], "--vcf is empty"),
        (["--vcf=x.vcf", "--bfile=x"], "bfile"),
    ],
)
def test_import_genotypes__raises_on_flags(tmp_path, words, message):
    with pytest.raises(ValueError, match=message):
        run(tmp_path, *words)


def test_import_genotypes__never_over_what_it_reads(dosage_vcf, tmp_path):
    dosage_vcf()
    fam = tmp_path / "y.fam"
    fam.write_text("".join(f"f i{i} 0 0 1 -9\n" for i in range(PEOPLE)))
    before = fam.read_text()
    (tmp_path / "link").symlink_to(fam)
    for psam in (fam, tmp_path / "link"):
        with pytest.raises(ValueError, match=r"y.fam would be written over .*; choose"):
            run(tmp_path, f"--vcf={tmp_path}/x.vcf", f"--psam={psam}")
    assert fam.read_text() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "link",
        "x.vcf",
        "y.fam",
    ]


def test_import_genotypes__leaves_nothing_of_a_broken_file(dosage_vcf, tmp_path):
    dosage_vcf()
    whole = (tmp_path / "x.vcf").read_text()
    (tmp_path / "x.vcf").write_text(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"x\.vcf"):
        run(tmp_path, f"--vcf={tmp_path}/x.vcf", "--vcf_dosage=DS", "--double_id")
    assert [path.name for path in tmp_path.iterdir()] == ["x.vcf"]


def test_import_genotypes__help():
    page = help_page(import_genotypes.__doc__, import_genotypes.define())
    assert "python -m experiments.import_genotypes --bgen chr@.bgen" in page
    assert "--vcf_half_call" in page
    assert "--bfile:" not in page

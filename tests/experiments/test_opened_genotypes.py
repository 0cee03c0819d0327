"""What a chromosome's file holds, and an import that is no longer whole."""

import shutil

import pytest

from experiments import flags, import_genotypes, prepare_cohort
from experiments.workdir import Workdir
from gxjax.genotypes import read_plink


@pytest.mark.parametrize("kind", ["pfile", "bgen", "vcf"])
def test_opened__raises_on_the_file_of_another_chromosome(
    fileset, plink2, tmp_path, kind
):
    first = read_plink(fileset).variants["CHROM"].iloc[0]
    words = {
        "pfile": ("--make-pgen",),
        "bgen": ("--export", "bgen-1.2", "bits=8", "ref-first"),
        "vcf": ("--export", "vcf"),
    }[kind]
    plink2("--bfile", fileset, "--chr", first, *words, "--out", tmp_path / "k_chr1")
    for path in tmp_path.glob("k_chr1.*"):
        shutil.copy(path, tmp_path / path.name.replace("chr1", "chr2"))
    ending = {"pfile": "", "bgen": ".bgen", "vcf": ".vcf"}[kind]
    words = [f"--{kind}={tmp_path}/k_chr@{ending}", f"--out={tmp_path}/y"]
    words += [f"--sample={tmp_path}/k_chr1.sample"] if kind == "bgen" else []
    match = rf"k_chr2\.\w+: all its variants are on chromosome {first}; .* on 2,"
    with pytest.raises(ValueError, match=match):
        import_genotypes.main(["x", *words])
    assert not list(tmp_path.glob("y*"))


@pytest.fixture
def dosage_words(fileset, plink2, arguments, tmp_path):
    """Flags of a cohort of dosages that are no hard calls."""
    plink2(
        "--bfile", fileset, "--export", "vcf", "id-paste=iid", "--out", tmp_path / "x"
    )
    path = tmp_path / "x.vcf"
    form = '##FORMAT=<ID=DS,Number=A,Type=Float,Description="">\n#CHROM'
    text = path.read_text().replace("#CHROM", form, 1).replace("\tGT\t", "\tGT:DS\t")
    path.write_text(text.replace("0/1", "0/1:0.75"))
    words = arguments(tmp_path / "out")
    words = [word for word in words if not word.startswith("--bfile")]
    return [*words, f"--vcf={path}", "--vcf_dosage=DS", "--double_id"]


def prepare(words):
    given = flags.parse(words)
    return prepare_cohort.run(given.configuration, Workdir(given.workdir))


@pytest.mark.parametrize("ending", [".dosages", ".bed", ".bim"])
def test_imported__anew_where_a_file_is_lost_or_cut(
    dosage_words, tmp_path, capsys, ending
):
    prepare(dosage_words)
    path = tmp_path / "out" / "imported" / f"genotypes{ending}"
    whole = path.read_bytes()
    for damage in (lambda: path.unlink(), lambda: path.write_bytes(whole[:-9])):
        damage()
        capsys.readouterr()
        notes = prepare(dosage_words)
        said = capsys.readouterr().out
        assert "its files are not as they were imported; once more" in said
        assert path.read_bytes() == whole
        assert any("dosages are no hard calls" in note for note in notes)
    prepare(dosage_words)
    assert "imported before" in capsys.readouterr().out

"""The flags of QC against PLINK 2's of the same names, and what their errors say."""

import pandas as pd
import pytest

from experiments import flags, prepare_cohort
from experiments.cohort_filter import filtered
from experiments.input_files import input_files
from experiments.workdir import Workdir
from gxjax.genotypes import read_bim, read_fam


@pytest.fixture
def lists(fileset, tmp_path):
    """Flags of the four lists, some of whose ids are not in the fileset."""
    people, variants = read_fam(f"{fileset}.fam"), read_bim(f"{fileset}.bim")
    both = people["FID"] + " " + people["IID"]
    texts = {
        "keep": [*both[:350], "x y"],
        "remove": [*both[340:], "x y"],
        "extract": [*variants["ID"][:200], "rs0"],
        "exclude": [*variants["ID"][20:50], "rs0"],
    }
    for name, lines in texts.items():
        (tmp_path / name).write_text("\n".join(lines) + "\n")
    return [f"--{name}={tmp_path / name}" for name in texts]


def cohort_flags(arguments, tmp_path, *words):
    return flags.parse(arguments(tmp_path / "out", *words)).configuration.cohort


def test_filtered__equals_plink2(fileset, arguments, lists, tmp_path, plink2):
    bounds = ["--maf=0.05", "--mac=30", "--hwe=0.001", "--geno=0.1", "--mind=0.1"]
    chosen, table, tables = filtered(cohort_flags(arguments, tmp_path, *lists, *bounds))
    words = [part for word in [*lists, *bounds] for part in word.split("=")]
    plink2("--bfile", fileset, "--autosome", *words, "--make-just-bim",
           "--make-just-fam", "--out", tmp_path / "p")  # fmt: skip
    assert list(chosen.samples["IID"]) == list(read_fam(tmp_path / "p.fam")["IID"])
    assert list(chosen.variants["ID"]) == list(read_bim(tmp_path / "p.bim")["ID"])
    assert tables == {}
    removed = table.set_index("filter")[["removed_people", "removed_variants"]]
    assert list(removed.sum(axis=1)[["keep", "remove"]]) == [50, 10]
    assert list(removed.sum(axis=1)[["extract", "exclude"]]) == [40, 30]


def test_run__writes_tables_that_plink2_reads(fileset, arguments, tmp_path, plink2):
    words = arguments(tmp_path / "out", "--freq", "--missing", "--hardy", "--maf=0.1")
    given = flags.parse(words)
    work = Workdir(given.workdir)
    prepare_cohort.run(given.configuration, work)
    folder = work.path / "cohort"
    names = {path.name for path in folder.glob("cohort.*")}
    assert names == {"cohort.afreq", "cohort.vmiss", "cohort.smiss", "cohort.hardy"}
    # In one command plink2 writes .vmiss before --maf.
    left = ["--bfile", tmp_path / "left", "--out", tmp_path / "p"]
    plink2("--bfile", fileset, "--maf", 0.1, "--make-bed", "--out", tmp_path / "left")
    plink2(*left, "--freq", "--missing", "--hardy")
    for name in names:
        theirs = tmp_path / name.replace("cohort", "p")
        ours, expected = (
            pd.read_csv(path, sep="\t", dtype={"IID": str, "#FID": str})
            for path in (folder / name, theirs)
        )
        # A phenotype of plink2's is none of ours.
        pd.testing.assert_frame_equal(ours, expected[ours.columns], rtol=1.1e-5)
    plink2(*left, "--read-freq", folder / "cohort.afreq", "--maf", 0.2,
           "--make-just-bim")  # fmt: skip
    qc = pd.read_csv(folder / "qc.tsv", sep="\t").set_index("filter")
    assert qc.loc["maf", "removed_variants"] > 0
    rows = len((folder / "cohort.afreq").read_text().splitlines()) - 1
    assert qc.loc["maf", "variants"] == rows


@pytest.mark.parametrize("name", ["keep", "remove", "extract", "exclude"])
def test_input_files__raises_on_a_list_that_is_not_there(arguments, tmp_path, name):
    given = cohort_flags(arguments, tmp_path, f"--{name}=/nowhere/list.txt")
    with pytest.raises(FileNotFoundError, match=rf"--{name}=/nowhere/list.txt: no su"):
        input_files(given)


def test_input_files__names_every_list(arguments, tmp_path, lists):
    found = {
        str(path) for path in input_files(cohort_flags(arguments, tmp_path, *lists))
    }
    assert {word.split("=")[1] for word in lists} < found


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--remove={}/none.txt", "--keep={}/none.txt"], "none.txt: the file is empty"),
        (["--extract={}/none.txt"], "none.txt: the file is empty"),
        (
            ["--extract={}/other.txt"],
            "other.txt: none of its 1 ids is in the genotypes",
        ),
        (["--keep={}/other.txt"], "other.txt: none of its 1 people is in the"),
        (["--chr_set=10"], "CHROM: '1[5-9]' is no chromosome.*10 autosomes"),
    ],
)
def test_filtered__raises_on(arguments, tmp_path, words, message):
    (tmp_path / "none.txt").write_text("\n")
    (tmp_path / "other.txt").write_text("x\n")
    words = [word.format(tmp_path) for word in words]
    with pytest.raises(ValueError, match=message):
        filtered(cohort_flags(arguments, tmp_path, *words))


@pytest.mark.parametrize("word", ["--chr_set=0", "--chr_set=96", "--chr_set=x"])
def test_parse__raises_on_a_number_of_autosomes(arguments, tmp_path, word):
    with pytest.raises(ValueError, match="chr_set"):
        cohort_flags(arguments, tmp_path, word)


def test_input_files__finds_chromosome_files_of_another_species(arguments, tmp_path):
    words = [f"--bfile={tmp_path}/chr@", "--chr_set=38"]
    with pytest.raises(FileNotFoundError, match="chromosome \\(1 to 38, X, Y, XY, MT"):
        input_files(cohort_flags(arguments, tmp_path, *words))
    for name in ("39", "38", "2"):
        (tmp_path / f"chr{name}.bim").write_text("")
    found = input_files(cohort_flags(arguments, tmp_path, *words))
    assert [path.name for path in found if path.suffix == ".bim"] == [
        "chr2.bim",
        "chr38.bim",
        "chr39.bim",
    ]


def test_filtered__an_empty_remove_is_nobody(arguments, tmp_path):
    (tmp_path / "none.txt").write_text("")
    words = [f"--{name}={tmp_path / 'none.txt'}" for name in ("remove", "exclude")]
    chosen, table, _ = filtered(cohort_flags(arguments, tmp_path, *words))
    assert len(chosen.samples) == 400
    removed = table[table["filter"].isin(["remove", "exclude"])].filter(like="removed")
    assert not removed.any(axis=None)

"""Whatever the user got wrong is named, and nothing is left half-written."""

import shutil
import subprocess
import sys

import numpy as np
import pytest

from experiments import benchmark


@pytest.fixture
def copy(fileset, tmp_path):
    """A prefix of files of one's own to spoil."""
    folder = tmp_path / "input"
    folder.mkdir()
    for suffix in (".bed", ".bim", ".fam", ".pheno", ".covar"):
        shutil.copy(f"{fileset}{suffix}", folder / f"c{suffix}")
    return folder / "c"


@pytest.fixture
def refuse(copy, arguments, tmp_path):
    """Runs on the copied files and expects an error; nothing may be written."""

    def call(error, message, *words):
        own = [f"--bfile={copy}", f"--pheno={copy}.pheno", f"--covar={copy}.covar"]
        with pytest.raises(error, match=message):
            benchmark.main(arguments(tmp_path / "out", *own, *words))
        assert not (tmp_path / "out").exists()

    return call


def edit_lines(path, change):
    lines = path.read_text().splitlines()
    path.write_text("\n".join(change(lines)) + "\n")


def suffixed(prefix, suffix):
    return prefix.with_name(prefix.name + suffix)


def test_main__raises_on_a_missing_bed(copy, refuse):
    suffixed(copy, ".bed").unlink()
    refuse(FileNotFoundError, r"c\.bed: no such file")


def test_main__raises_on_a_truncated_bed(copy, refuse):
    bed = suffixed(copy, ".bed")
    bed.write_bytes(bed.read_bytes()[:-10])
    refuse(ValueError, r"c\.bed.*truncated")


@pytest.mark.parametrize(
    ("start", "message"),
    [(b"PK\x01", "expected 6c 1b 01"), (b"\x6c\x1b\x00", "sample-major")],
)
def test_main__raises_on_a_bed_of_another_kind(copy, refuse, start, message):
    bed = suffixed(copy, ".bed")
    bed.write_bytes(start + bed.read_bytes()[3:])
    refuse(ValueError, message)


def test_main__raises_on_a_bim_of_another_length(copy, refuse):
    edit_lines(suffixed(copy, ".bim"), lambda lines: lines[:-1])
    refuse(ValueError, r"c\.bed.*239")


def test_main__raises_on_a_duplicated_person(copy, refuse):
    edit_lines(suffixed(copy, ".fam"), lambda lines: [lines[1], *lines[1:]])
    refuse(ValueError, r"c\.fam.*1000002")


def test_main__raises_without_any_common_id(copy, refuse):
    rename = lambda lines: [lines[0], *(f"X{a}" for a in lines[1:])]  # noqa: E731
    edit_lines(suffixed(copy, ".pheno"), rename)
    refuse(ValueError, "X1000001")


@pytest.mark.parametrize("value", ["inf", "tall"])
def test_main__raises_on_a_value_that_is_no_number(copy, refuse, value):
    def spoil(lines):
        fields = lines[5].split("\t")
        return [*lines[:5], "\t".join([*fields[:2], value]), *lines[6:]]

    edit_lines(suffixed(copy, ".pheno"), spoil)
    refuse(ValueError, rf"c\.pheno.*line 6.*{value}")


@pytest.mark.parametrize("value", ["NA", "170"])
def test_main__raises_on_a_phenotype_that_says_nothing(copy, refuse, value):
    def spoil(lines):
        rows = (line.split("\t")[:2] for line in lines[1:])
        return [lines[0], *("\t".join([*row, value]) for row in rows)]

    edit_lines(suffixed(copy, ".pheno"), spoil)
    refuse(ValueError, "nobody is left|constant|same value")


def test_main__raises_on_a_wrong_column_and_lists_those_there(refuse):
    refuse(ValueError, r"'weight'.*\['height'\]", "--pheno_name=weight")


def test_main__raises_on_too_few_people(copy, refuse, tmp_path):
    keep = tmp_path / "keep.txt"
    keep.write_text("1000001 1000001\n1000002 1000002\n1000003 1000003\n")
    refuse(ValueError, "split.*people", f"--keep={keep}")


def test_main__raises_on_people_fewer_than_a_batch(refuse):
    # The batch is checked where TRAIN is known: before anything is written.
    refuse(ValueError, "--batch_size", "--batch_size=1000")


def test_main__raises_on_a_covariate_file_that_is_not_there(refuse):
    refuse(FileNotFoundError, "--keep=.*no such file", "--keep=/nowhere/keep.txt")


def test_main__raises_on_a_part_with_one_class(copy, refuse):
    """Known before the truth is planted: nothing may be written."""

    def rare(lines):
        rows = (line.split("\t")[:2] for line in lines[1:])
        cases = ("\t".join([*row, str(int(i < 3))]) for i, row in enumerate(rows))
        return [lines[0], *cases]

    edit_lines(suffixed(copy, ".pheno"), rare)
    refuse(ValueError, "height: the .* people have one class.*--seed")


def test_main__raises_on_too_few_people_to_test_on(copy, refuse):
    """Two would do for a network, but not for the comparators, behind the training."""
    fam = suffixed(copy, ".fam").read_text().splitlines()[:12]
    keep = suffixed(copy, ".keep")
    keep.write_text("".join(" ".join(line.split()[:2]) + "\n" for line in fam))
    words = (f"--keep={keep}", "--batch_size=4")
    refuse(ValueError, "(VALIDATION|TEST) has [0-2] of 12 people; .* 3: bring", *words)


@pytest.mark.parametrize("flag", ["pheno", "covar", "pheno_name"])
def test_main__raises_on_a_phenotype_without_genotypes(fileset, tmp_path, flag):
    """It would be dropped in silence for a simulated one."""
    words = [f"--{flag}={fileset}.{flag}", f"--workdir={tmp_path / 'out'}"]
    with pytest.raises(ValueError, match=f"--{flag} needs --bfile"):
        benchmark.main(["benchmark", *words])
    assert not (tmp_path / "out").exists()


def test_main__raises_on_input_where_it_writes(copy, arguments):
    """--overwrite would delete it."""
    workdir = copy.parent.parent
    copy.parent.rename(workdir / "cohort")
    moved = workdir / "cohort" / "c"
    own = [f"--bfile={moved}", f"--pheno={moved}.pheno", f"--covar={moved}.covar"]
    with pytest.raises(ValueError, match=r"c\.bed lies in a folder of --workdir"):
        benchmark.main(arguments(workdir, *own))
    assert suffixed(moved, ".bed").exists()


def test_main__raises_on_an_unknown_method(refuse):
    refuse(ValueError, "no method is called 'salience'", "--methods=salience")


def test_main__raises_on_an_unknown_noise(refuse):
    refuse(ValueError, "--noise.*'sg'.*smoothgrad", "--noise=sg")


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("--reductions=median", "--reductions: found 'median'; expected some of mean"),
        ("--baseline=file", "--baseline=file with --baseline_file=None"),
        ("--strata_file=/nowhere", "--strata=none with --strata_file=/nowhere"),
        ("--attribution_mesh=3,1,1", r"first number must divide --members \(2\)"),
    ],
)
def test_main__raises_on_attribution_that_can_not_be_before_all(refuse, word, message):
    refuse(ValueError, message, word)


def test_main__raises_on_squares_of_merged_draws(refuse):
    words = ["--merge_draws", "--reductions=mean_square"]
    refuse(ValueError, "--merge_draws with --reductions mean_square", *words)


def test_main__raises_before_the_training_on_strata_that_do_not_fit(
    arguments, tmp_path
):
    with pytest.raises(ValueError, match="height is quantitative; expected a binary"):
        benchmark.main(arguments(tmp_path / "out", "--strata=phenotype"))
    assert not (tmp_path / "out" / "ensemble").exists()


def run_command(*words):
    command = [sys.executable, "-m", "experiments.benchmark", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_command__exits_2_with_one_line_on_what_the_user_can_mend(tmp_path):
    result = run_command("--bfile=/nowhere/cohort", f"--workdir={tmp_path / 'out'}")
    assert result.returncode == 2
    assert result.stderr.startswith("ERROR: /nowhere/cohort.fam: no such")
    assert "Traceback" not in result.stderr


def test_command__help_exits_0():
    result = run_command("--help")
    assert result.returncode == 0
    assert "--nomultiply_by_inputs" in result.stdout
    assert result.stderr == ""


def test_main__accepts_what_is_legal_and_says_what_it_dropped(
    copy, arguments, tmp_path, capsys
):
    """Repeated ids, sex chromosomes, constant variants, CRLF, IIDs in two families."""
    bim, fam, pheno = (suffixed(copy, s) for s in (".bim", ".fam", ".pheno"))

    def variants(lines):
        rows = [line.split("\t") for line in lines]
        for row in rows[:5]:
            row[1] = "."
        rows[-1][0] = "X"
        rows[-2][0] = "MT"
        return ["\t".join(row) for row in rows]

    edit_lines(bim, variants)
    first = "1000001\t1000001"
    people = fam.read_text().splitlines()
    fam.write_text("\r\n".join([people[0].replace(first, "007\t1000002"), *people[1:]]))
    values = pheno.read_text().replace(first, "007\t1000002").splitlines()
    order = np.random.default_rng(0).permutation(np.arange(1, len(values)))
    pheno.write_text("\r\n".join([values[0], *(values[i] for i in order)]) + "\r\n")
    covar = suffixed(copy, ".covar")
    covar.write_text(covar.read_text().replace(first, "007\t1000002"))
    bed = bytearray(suffixed(copy, ".bed").read_bytes())
    bed[3:103] = bytes(100)  # variant 1: everyone has two copies of A1
    bed[103:203] = bytes([0b01010101]) * 100  # variant 2: nobody has a call
    suffixed(copy, ".bed").write_bytes(bed)

    own = [f"--bfile={copy}", f"--pheno={pheno}", f"--covar={covar}"]
    words = ["--methods=saliency", "--noise=none", "--epochs=1", "--members=1"]
    benchmark.main(arguments(tmp_path / "out", *own, *words))
    said = capsys.readouterr().out
    qc = (tmp_path / "out" / "cohort" / "qc.tsv").read_text()
    assert "autosome\t0\t2\t400\t238" in qc
    assert "monomorphic\t0\t2\t400\t236" in qc
    assert "height (quantitative): 400 people x 236 variants; TRAIN" in said
    assert "autosome: removed 2 variants" in said
    assert "monomorphic: removed 2 variants" in said

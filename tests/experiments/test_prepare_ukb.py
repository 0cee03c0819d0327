"""UK Biobank's table to PLINK's files, on a synthetic one with the real names."""

import numpy as np
import pandas as pd
import pytest

from experiments import associate, flags, prepare_cohort, prepare_ukb, ukb_flags
from experiments.command_line import help_page
from experiments.records import load_cohort
from experiments.workdir import Workdir
from gxjax.genotypes import write_plink


@pytest.fixture
def ukb(tmp_path, make_genotypes, random_codes):
    """A folder with ukb.csv of 420 people, of whom 400 have genotypes x.bed, and w.csv.

    The first five have withdrawn, the next five are of another sex than their
    genes, five have aneuploidy, ten are relatives, fifteen of another group.
    """
    draw, people = np.random.default_rng(4), 420
    eid = np.arange(1_000_001, 1_000_001 + people)
    row, sex = np.arange(people), draw.integers(0, 2, people)
    height = 165 + 12 * sex + draw.normal(0, 6, people)
    table = {
        "22001-0.0": np.where((row >= 5) & (row < 10), 1 - sex, sex),
        "50-1.0": np.where(draw.random(people) < 0.3, np.round(height + 1, 1), np.nan),
        "20117-0.0": 'a, "quoted" text',
        "50-0.0": np.where(draw.random(people) < 0.9, np.round(height, 1), np.nan),
        "eid": np.where(row == 0, -1, eid),
        "31-0.0": sex,
        "22006-0.0": np.where((row >= 25) & (row < 40), np.nan, 1),
        "22019-0.0": np.where((row >= 10) & (row < 15), 1, np.nan),
        "22020-0.0": np.where((row >= 15) & (row < 25), np.nan, 1),
        "21022-0.0": draw.integers(40, 70, people),
        "54-0.0": draw.choice([11010, 11012, 11021], people),
        "54-1.0": 11024,
        "22000-0.0": draw.choice([-3, -1, 1, 12], people, p=[0.05, 0.05, 0.5, 0.4]),
        "189-0.0": draw.choice([-3, -4.5, 2.5, np.nan], people),
        "2178-0.0": draw.choice([-3, -1, 1, 2, 3], people),
        **{f"22009-0.{n}": draw.normal(size=people).round(4) for n in range(40, 0, -1)},
    }
    frame = pd.DataFrame(table).convert_dtypes()
    frame.to_csv(tmp_path / "ukb.csv", index=False, quoting=1)
    (tmp_path / "w.csv").write_text("".join(f"{n}\n" for n in eid[1:5]))
    codes = random_codes(400, 30)
    genotypes = make_genotypes(codes, FID=eid[:400].astype(str))
    genotypes = genotypes._replace(
        samples=genotypes.samples.assign(IID=eid[:400].astype(str))
    )
    write_plink(genotypes, tmp_path / "x")
    return tmp_path


def run(folder, *words):
    prepare_ukb.main(["x", f"--csv={folder}/ukb.csv", f"--out={folder}/u", *words])
    pheno, covar = (
        pd.read_csv(
            folder / f"u.{name}", sep="\t", keep_default_na=False, na_values="NA"
        )
        for name in ("pheno", "covar")
    )
    return pheno, covar, pd.read_csv(folder / "u.qc.tsv", sep="\t")


def test_prepare_ukb__writes_who_is_kept_with_values(ukb, capsys):
    pheno, covar, qc = run(ukb, f"--withdrawals={ukb}/w.csv")
    assert qc["filter"].tolist()[1:] == ["eid below 1", "withdrawals", "check_sex",
        "remove_aneuploidy", "unrelated", "white_british"]  # fmt: skip
    assert qc["removed"].tolist() == [0, 1, 4, 5, 5, 10, 15]
    assert qc["left"].iloc[-1] == 380
    eid = list(range(1_000_041, 1_000_421))
    lines = (ukb / "u.keep").read_text().splitlines()
    assert lines == [f"{n}\t{n}" for n in eid]
    raw = pd.read_csv(ukb / "ukb.csv").set_index("eid").loc[eid]
    expected = raw["50-0.0"].fillna(raw["50-1.0"])
    assert list(pheno) == ["#FID", "IID", "f50"]
    np.testing.assert_array_equal(pheno["f50"], expected)
    assert list(covar)[:5] == ["#FID", "IID", "sex", "age", "age2"]
    assert list(covar)[5:25] == [f"PC{n}" for n in range(1, 21)]
    assert list(covar)[25:] == ["array", "centre"]
    age = raw["21022-0.0"].to_numpy(float)
    np.testing.assert_allclose(covar["age2"], (age - age.mean()) ** 2, rtol=1e-8)
    np.testing.assert_array_equal(covar["PC20"], raw["22009-0.20"])
    bileve = (raw["22000-0.0"] < 0).to_numpy()
    assert ((covar["array"] == "UKBiLEVE") == bileve).all()
    assert set(covar["centre"]) == {"c11010", "c11012", "c11021"}
    assert "--keep" in capsys.readouterr().out


def test_prepare_ukb__its_files_are_what_plink2_and_associate_read(ukb, plink2):
    run(ukb, "--pcs=3", "--phenotype_name=height")
    files = ("--keep", ukb / "u.keep", "--pheno", ukb / "u.pheno")
    plink2("--bfile", ukb / "x", *files, "--covar", ukb / "u.covar",
           "--covar-variance-standardize", "--glm", "omit-ref", "hide-covar",
           "--out", ukb / "peer")  # fmt: skip
    associate.main(
        ["x", f"--bfile={ukb}/x", f"--keep={ukb}/u.keep", f"--pheno={ukb}/u.pheno",
         f"--covar={ukb}/u.covar", f"--out={ukb}/gwas"]
    )  # fmt: skip
    ours, theirs = (
        pd.read_csv(ukb / f"{which}.height.glm.linear", sep="\t")
        for which in ("gwas", "peer")
    )
    assert ours["OBS_CT"].min() > 280
    pd.testing.assert_frame_equal(ours, theirs, rtol=1e-4)


def test_prepare_ukb__its_files_make_a_cohort(ukb):
    run(ukb, "--pcs=3", "--genotyping=batch", "--nowhite_british")
    words = ["--bfile=x", "--keep=u.keep", "--pheno=u.pheno", "--covar=u.covar"]
    given = flags.parse(
        ["x", *(word.replace("=", f"={ukb}/") for word in words),
         f"--workdir={ukb}/out", "--batch_size=32"]
    )  # fmt: skip
    work = Workdir(given.workdir)
    prepare_cohort.run(given.configuration, work)
    cohort = load_cohort(work)
    dummies = [name for name in cohort.covariates if "=" in name]
    assert sum(name.startswith("centre=c110") for name in dummies) == 2
    batches = {name for name in dummies if name.startswith("batch=")}
    assert batches == {"batch=Batch_b012", "batch=UKBiLEVEAX_b1", "batch=UKBiLEVEAX_b3"}
    assert cohort.name == "f50"


def test_prepare_ukb__codes_that_are_no_answer(ukb, capsys):
    words = ("--phenotype_field=189,2178", "--genotyping=none", "--pcs=0",
             "--categorical_fields=none", "--noage_squared")  # fmt: skip
    pheno, covar, _ = run(ukb, *words)
    assert set(pheno["f189"].dropna()) == {-4.5, 2.5}
    assert set(pheno["f2178"].dropna()) == {1, 2, 3}
    assert list(covar) == ["#FID", "IID", "sex", "age"]
    said = capsys.readouterr().out
    assert "f189: " in said
    assert "other negative values, such as -4.5" in said
    assert said.count("other negative") == 1
    pheno, _, _ = run(ukb, *words, "--missing_codes=none")
    assert set(pheno["f2178"]) == {-3, -1, 1, 2, 3}


def test_prepare_ukb__counts_no_answers_of_the_people_kept_only(ukb, capsys):
    words = ("--phenotype_field=2178", "--pcs=0")
    pheno, _, _ = run(ukb, *words, "--missing_codes=none")
    kept = int(pheno["f2178"].isin([-3, -1]).sum())
    capsys.readouterr()
    run(ukb, *words)
    text = f"f2178: {kept} people answered -1 or -3 only"
    assert text in " ".join(capsys.readouterr().out.split())


def test_prepare_ukb__a_visit_is_of_phenotypes_and_of_what_is_asked_again(ukb, capsys):
    """Sex and age were asked once; a phenotype of another visit is another one."""
    pheno, covar, _ = run(ukb, "--instance=1")
    raw = pd.read_csv(ukb / "ukb.csv").set_index("eid").loc[pheno["IID"]]
    np.testing.assert_array_equal(pheno["f50"], raw["50-1.0"])
    assert covar["sex"].tolist() == raw["31-0.0"].tolist()
    assert set(covar["centre"]) == {"c11024"}
    with pytest.raises(ValueError, match=r"field 2178 has instances \[0\]; expected 1"):
        run(ukb, "--phenotype_field=2178", "--instance=1")


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ((0, 1, 2), "among 0, 1 and 2, which PLINK and gxjax read as missing (140 pe"),
        ((0, 2), "among 0, 1 and 2, which PLINK and gxjax read as missing (210 people"),
        (
            (0, 1),
            "are 0 and 1, read by gxjax as control and case; plink2 takes 0 for m",
        ),
        ((1, 2), None),
        ((0, 1, 2, 3), None),
    ],
)
def test_value_notes__codes_that_plink_takes_for_case_and_control(codes, expected):
    values = pd.Series(np.resize(np.array([*codes, *codes], float), 420))
    found = prepare_ukb.value_notes("smokes", values)
    assert found[0] == "smokes: 420 people have a value"
    assert len(found) == 1 + (expected is not None)
    if expected:
        assert expected in found[1]


def test_prepare_ukb__without_covariates_there_is_no_file_of_them(ukb, capsys):
    run(ukb)
    capsys.readouterr()
    none = ("--categorical_fields=none", "--covariate_fields=none", "--pcs=0")
    prepare_ukb.main(
        ["x", f"--csv={ukb}/ukb.csv", f"--out={ukb}/u", *none, "--genotyping=none"]
    )
    assert not (ukb / "u.covar").exists()
    said = capsys.readouterr().out
    assert "u.keep, .pheno and .qc.tsv: 384 people" in said
    assert "covar" not in said


def test_prepare_ukb__killed_in_between_leaves_no_list_of_an_earlier_run(
    ukb, monkeypatch
):
    run(ukb)

    def kill(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(prepare_ukb, "write", kill)
    with pytest.raises(KeyboardInterrupt):
        run(ukb, "--nowhite_british")
    assert not (ukb / "u.keep").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--csv=",), "--csv is needed"),
        (("--phenotype_field=height",), "found 'height'; expected numbers of fields"),
        (("--phenotype_field=",), "--phenotype_field is empty"),
        (("--phenotype_field=50,50",), "a field is there twice"),
        (("--phenotype_field=31",), "field 31 is named twice"),
        (("--phenotype_field=22009",), "field 22009 is what --pcs is for"),
        (("--phenotype_name=a,b",), "expected 1 names"),
        (("--phenotype_name=my height",), "found 'my height'; expected a name without"),
        (("--phenotype_name=a/b",), "found 'a/b'; expected a name without"),
        (("--phenotype_field=50,189", "--phenotype_name=a,"), "found ''; expected a"),
        (("--phenotype_name=IID",), "'IID' is the name of another column"),
        (("--phenotype_name=PC20",), "'PC20' is the name of another column"),
        (
            ("--phenotype_field=51",),
            r"ukb\.csv: no column of field 51; .*nearest 54, 50",
        ),
        (("--instance=last",), "--instance=last: expected first, mean"),
        (("--instance=2",), r"field 5[04] has instances \[0, 1\]; expected 2"),
        (("--missing_codes=x",), "--missing_codes=x: expected numbers"),
        (("--withdrawals=/nowhere",), "/nowhere: no such file"),
        (("--out=/nowhere/at/all",), "create it first"),
        (("--pcs=41",), "--help lists the flags"),
    ],
)
def test_prepare_ukb__raises_on_wrong_flags(ukb, words, message):
    before = sorted(path.name for path in ukb.iterdir())
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        run(ukb, *words)
    assert sorted(path.name for path in ukb.iterdir()) == before


def test_prepare_ukb__help_is_of_one_page():
    text = help_page(prepare_ukb.__doc__, ukb_flags.define())
    assert "--[no]white_british: keep the genetic group" in text
    assert "--pcs: principal components (22009) [default: 20]" in text
    assert max(map(len, text.splitlines())) <= 88

"""The command that does what `plink2 --glm` does."""

import shutil

import numpy as np
import pandas as pd
import pytest

from experiments import associate
from experiments.command_line import help_page


def words(fileset, tmp_path, *more):
    return [
        "associate",
        f"--bfile={fileset}",
        f"--pheno={fileset}.pheno",
        f"--out={tmp_path}/gwas",
        *more,
    ]


def test_associate__writes_what_plink2_writes(fileset, tmp_path, plink2):
    associate.main(words(fileset, tmp_path, f"--covar={fileset}.covar"))
    name = pd.read_csv(f"{fileset}.pheno", sep="\t").columns[-1]
    plink2("--bfile", fileset, "--pheno", f"{fileset}.pheno", "--covar",
           f"{fileset}.covar", "--glm", "omit-ref", "hide-covar",
           "--out", tmp_path / "peer")  # fmt: skip
    ours, theirs = (
        pd.read_csv(tmp_path / f"{which}.{name}.glm.linear", sep="\t")
        for which in ("gwas", "peer")
    )
    text = [column for column in theirs if theirs[column].dtype == object]
    pd.testing.assert_frame_equal(ours[text], theirs[text])
    pd.testing.assert_frame_equal(ours, theirs, rtol=1e-4)


def test_associate__binary_trait_of_some_people(fileset, tmp_path):
    pheno = pd.read_csv(f"{fileset}.pheno", sep="\t")
    values = pheno.iloc[:, -1]
    case = pheno.iloc[:, :2].assign(case=np.where(values > values.median(), 2, 1))
    case.to_csv(tmp_path / "x.pheno", sep="\t", index=False)
    case.iloc[:300, :2].to_csv(tmp_path / "keep", sep="\t", index=False, header=False)
    more = (f"--pheno={tmp_path}/x.pheno", f"--keep={tmp_path}/keep", "--test=dominant")
    associate.main(words(fileset, tmp_path, *more))
    found = pd.read_csv(tmp_path / "gwas.case.glm.logistic.hybrid", sep="\t")
    assert (found["TEST"] == "DOM").all()
    assert found["OBS_CT"].max() == 300


@pytest.fixture
def cohort(fileset, tmp_path):
    """Files of 400 people: three phenotypes, a site, a batch, and age."""
    people = pd.read_csv(f"{fileset}.fam", sep="\t", header=None, dtype=str)
    draw = np.random.default_rng(5)
    ids = pd.DataFrame({"#FID": people[0], "IID": people[1]})
    site = draw.choice(["Leeds", "bath", "Oxford"], 400, p=[0.5, 0.3, 0.2])
    site[3], site[7] = "alone", "NONE"
    height = draw.normal(170, 9, 400) + 3 * (site == "bath")
    bmi = pd.Series(draw.normal(25, 4, 400)).mask(draw.random(400) < 0.1)
    sick = draw.choice([0, 1, 2], 400, p=[0.1, 0.6, 0.3])
    ids.assign(height=height, bmi=bmi, sick=sick).to_csv(
        tmp_path / "x.pheno", sep="\t", index=False, na_rep="NA"
    )
    batch = draw.integers(1, 4, 400)
    ids.assign(site=site, batch=batch, age=draw.normal(size=400)).to_csv(
        tmp_path / "x.covar", sep="\t", index=False
    )
    ids.assign(batch=[f"b{x}" for x in batch]).to_csv(
        tmp_path / "text.covar", sep="\t", index=False
    )
    return tmp_path


def compare(folder, name):
    """Both tables of a phenotype, ours and plink2's, and their equality."""
    ours, theirs = (
        pd.read_csv(folder / f"{which}.{name}", sep="\t") for which in ("gwas", "peer")
    )
    text = [column for column in theirs if theirs[column].dtype == object]
    pd.testing.assert_frame_equal(ours[text], theirs[text])
    assert (ours["OBS_CT"] == theirs["OBS_CT"]).all()
    return ours, theirs


def test_associate__several_phenotypes_and_a_category_as_plink2(
    fileset, cohort, plink2
):
    """Who is alone in a site is left out."""
    shared = ("--covar_name=site,age", f"--covar={cohort}/x.covar")
    shared = (*shared, "--pheno_name=height-bmi")
    associate.main(words(fileset, cohort, f"--pheno={cohort}/x.pheno", *shared))
    plink2("--bfile", fileset, "--no-psam-pheno", "--pheno", cohort / "x.pheno",
           "--pheno-name", "height-bmi", "--covar", cohort / "x.covar",
           "--covar-name", "site,age", "--glm", "omit-ref", "hide-covar",
           "--out", cohort / "peer")  # fmt: skip
    for name in ("height.glm.linear", "bmi.glm.linear"):
        pd.testing.assert_frame_equal(*compare(cohort, name), rtol=1e-4)


def test_associate__zeros_of_a_case_control_phenotype_are_missing(
    fileset, cohort, plink2
):
    shared = (f"--pheno={cohort}/x.pheno", "--pheno_name=sick")
    associate.main(words(fileset, cohort, *shared))
    plink2("--bfile", fileset, "--no-psam-pheno", "--pheno", cohort / "x.pheno",
           "--pheno-name", "sick", "--glm", "omit-ref", "allow-no-covars",
           "--out", cohort / "peer")  # fmt: skip
    ours, theirs = compare(cohort, "sick.glm.logistic.hybrid")
    np.testing.assert_allclose(ours["OR"], theirs["OR"], rtol=1e-3)


def test_associate__numbers_named_as_categories(fileset, cohort, plink2):
    own = (f"--pheno={cohort}/x.pheno", "--pheno_name=height")
    own += (f"--covar={cohort}/x.covar", "--covar_name=batch")
    associate.main(words(fileset, cohort, *own, "--covar_categorical=batch"))
    assert [path.name for path in cohort.glob("gwas*")] == ["gwas.height.glm.linear"]
    plink2("--bfile", fileset, "--no-psam-pheno", "--pheno", cohort / "x.pheno",
           "--pheno-name", "height", "--covar", cohort / "text.covar", "--glm",
           "omit-ref", "hide-covar", "--out", cohort / "peer")  # fmt: skip
    pd.testing.assert_frame_equal(*compare(cohort, "height.glm.linear"), rtol=1e-4)


def test_associate__without_pheno_takes_column_6_of_the_fam(fileset, cohort, plink2):
    for suffix in (".bed", ".bim", ".fam"):
        shutil.copy(f"{fileset}{suffix}", cohort / f"own{suffix}")
    fam = pd.read_csv(cohort / "own.fam", sep="\t", header=None, dtype=str)
    fam[5] = np.random.default_rng(1).normal(size=400).round(3)
    fam.loc[:9, 5] = -9
    fam.to_csv(cohort / "own.fam", sep="\t", header=False, index=False)
    associate.main(["x", f"--bfile={cohort}/own", f"--out={cohort}/gwas"])
    plink2("--bfile", cohort / "own", "--glm", "omit-ref", "allow-no-covars",
           "--out", cohort / "peer")  # fmt: skip
    pd.testing.assert_frame_equal(*compare(cohort, "PHENO1.glm.linear"), rtol=1e-4)


def test_associate__raises_on_any_phenotype_before_the_first_test(fileset, cohort):
    table = pd.read_csv(cohort / "x.pheno", sep="\t")
    table.assign(flat=1).to_csv(cohort / "x.pheno", sep="\t", index=False)
    with pytest.raises(
        ValueError, match=r"flat: .*one class only.*--pheno_name leaves"
    ):
        associate.main(words(fileset, cohort, f"--pheno={cohort}/x.pheno"))
    assert not list(cohort.glob("gwas*"))


@pytest.mark.parametrize(
    ("name", "make", "message"),
    [
        ("late", lambda y, age: np.where(age.isna(), y, 1), "phenotype: 1 for all 300"),
        ("a/b", lambda y, age: y, "expected no '/': rename it"),
        ("again", lambda y, age: age.fillna(7), "explain the phenotype entirely"),
        (
            "few",
            lambda y, age: y.where(age.isna()),
            "0 people.*the phenotype is missing for 3",
        ),
        ("huge", lambda y, age: 1e200 * y, r"expected nothing beyond 1e\+30"),
    ],
)
def test_associate__raises_on_what_only_the_regression_sees(
    fileset, cohort, name, make, message
):
    """Before the first table; alone, no other is left to be tested."""
    pheno = pd.read_csv(cohort / "x.pheno", sep="\t")
    covar = pd.read_csv(cohort / "x.covar", sep="\t")
    covar["age"] = covar["age"].mask(covar.index >= 300)
    covar.to_csv(cohort / "x.covar", sep="\t", index=False, na_rep="NA")
    pheno[name] = make(pheno["height"], covar["age"])
    pheno.to_csv(cohort / "x.pheno", sep="\t", index=False, na_rep="NA")
    shared = (f"--pheno={cohort}/x.pheno", f"--covar={cohort}/x.covar")
    shared = (*shared, "--covar_name=age")
    with pytest.raises(ValueError, match=rf"^{name}: .*{message}") as caught:
        associate.main(words(fileset, cohort, *shared))
    assert str(caught.value).endswith("; --pheno_name leaves it out")
    with pytest.raises(ValueError, match=rf"^{name}: .*{message}") as caught:
        associate.main(words(fileset, cohort, *shared, f"--pheno_name={name}"))
    assert "--pheno_name" not in str(caught.value)
    assert not list(cohort.glob("gwas*"))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--bfile=",), "--bfile is needed"),
        (("--pheno=",), "--bfile needs --pheno.*column 6 of .*fam says nothing"),
        (("--test=add",), "--help lists the flags"),
        (("x",), "'x' is not a flag"),
        (("--out=/nowhere/at/all/x",), "create it first"),
        (("--pheno_name=weight",), "no column 'weight'"),
    ],
)
def test_associate__raises_on_wrong_flags(fileset, tmp_path, more, message):
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        associate.main(words(fileset, tmp_path, *more))
    assert not list(tmp_path.iterdir())


def test_associate__help_lists_its_own_flags():
    text = help_page(associate.__doc__, associate.define())
    assert "--covar_name: columns of --covar" in text
    assert "--workdir" not in text
    assert max(map(len, text.splitlines())) <= 88


def test_associate__raises_on_a_categorical_phenotype(fileset, cohort):
    files = (f"--pheno={cohort}/x.covar", f"--keep={cohort}/x.covar")
    with pytest.raises(ValueError, match=r"'site': found .*--pheno_name chooses other"):
        associate.main(words(fileset, cohort, *files))

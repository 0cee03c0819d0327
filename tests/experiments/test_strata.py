"""Labels of people: read, aligned, refused."""

import dataclasses

import numpy as np
import pytest

from experiments.configuration import AttributionFlags
from experiments.records import load_cohort
from experiments.strata import check_strata, read_strata, strata_labels
from experiments.workdir import Workdir
from gxjax.types import TEST


@pytest.fixture
def write(tmp_path):
    def call(text):
        path = tmp_path / "groups.txt"
        path.write_text(text)
        return path

    return call


@pytest.mark.parametrize(
    "text",
    [
        "#FID IID GROUP\na 1 EUR\nb 2 AFR\nc 3 NA\n",
        "a 1 EUR\nb 2 AFR\nc 3 NA\n",
        "#IID\tGROUP\n1\tEUR\n2\tAFR\n3\t\n",
        "1 EUR\n2 AFR\n3 NA\n",
    ],
)
def test_read_strata__with_and_without_header_and_family(write, text):
    table = read_strata(write(text))
    assert table["IID"].tolist() == ["1", "2", "3"]
    assert table["LABEL"].tolist()[:2] == ["EUR", "AFR"]
    assert table["LABEL"].isna().tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("FID IID\na 1\nb 2\n", "columns FID IID; expected FID IID LABEL"),
        ("a 1 x y\nb 2 x y\n", "columns FID IID PHENO1 PHENO2; expected FID IID LABEL"),
        ("1 x\n2 x\n1 y\n", "line 3: person 1 is there twice"),
        ("1 x\n2 all\n", "line 2: label 'all'"),
        ("1 x\n2 ../y\n", "line 2: label '../y'; expected at most 60 letters"),
        (
            "".join(f"{i} g{i}\n" for i in range(101)),
            "101 labels; expected at most 100",
        ),
    ],
)
def test_read_strata__raises_and_names_file_and_line(write, text, message):
    with pytest.raises(ValueError, match=rf"groups\.txt.*{message}"):
        read_strata(write(text))


def test_check_strata__raises_where_flags_are_at_odds(tmp_path):
    with pytest.raises(ValueError, match="give both or neither"):
        check_strata(AttributionFlags(strata="file"))
    with pytest.raises(ValueError, match="give both or neither"):
        check_strata(AttributionFlags(strata="sex", strata_file="/x"))
    flags = AttributionFlags(strata="file", strata_file=str(tmp_path / "none"))
    with pytest.raises(FileNotFoundError, match=r"--strata_file=.*no such file"):
        check_strata(flags)


@pytest.fixture
def labels(trained, configured):
    """`labels(*words, **changes)` of the TEST people of a cohort so changed."""
    cohort = load_cohort(Workdir(trained))
    people = np.flatnonzero(cohort.split == TEST)

    def call(*words, **changes):
        changed = dataclasses.replace(cohort, **changes)
        return strata_labels(configured(*words), Workdir(trained), changed, people)

    call.samples = cohort.genotypes.samples.iloc[people]
    return call


def test_strata_labels__none_and_sex(labels):
    assert labels() is None
    sex = labels.samples["SEX"].map({0: "unlabelled", 1: "male", 2: "female"})
    assert labels("--strata=sex") == sex.tolist()
    assert {"male", "female"} <= set(sex)


def test_strata_labels__of_a_file_and_of_people_whom_it_lacks(labels, write):
    iids = labels.samples["IID"].tolist()
    path = write("".join(f"{iid} EUR\n" for iid in iids[:3]) + "stranger AFR\n")
    found = labels("--strata=file", f"--strata_file={path}")
    assert found == ["EUR"] * 3 + ["unlabelled"] * (len(iids) - 3)


def test_strata_labels__cases_and_controls_of_a_binary_trait_only(labels, trained):
    found = labels("--strata=phenotype", trait="binary")
    learnt = np.load(trained / "truth" / "phenotype.npy")
    cohort = load_cohort(Workdir(trained))
    case = learnt[cohort.split == TEST] == 1
    assert found == np.where(case, "cases", "controls").tolist()
    with pytest.raises(ValueError, match=r"height is quantitative; expected a binary"):
        labels("--strata=phenotype")


def test_strata_labels__raises_if_nobody_has_one(labels, trained, write):
    cohort = load_cohort(Workdir(trained))
    trains = cohort.genotypes.samples.loc[cohort.split != TEST, "IID"]
    path = write("".join(f"{iid} EUR\n" for iid in trains))
    with pytest.raises(ValueError, match=r"groups\.txt labels none of the \d+ TEST"):
        labels("--strata=file", f"--strata_file={path}")
    unknown = cohort.genotypes.samples.assign(SEX=0)
    genotypes = cohort.genotypes._replace(samples=unknown)
    with pytest.raises(ValueError, match=r"--strata=sex: the \.fam labels none"):
        labels("--strata=sex", genotypes=genotypes)

import numpy as np
import pandas as pd
import pytest

from gxjax.linkage import clump

COLUMNS = ["TOTAL", "NONSIG", "S0.05", "S0.01", "S0.001", "S0.0001"]
BOUNDS = [0.05, 0.01, 0.001, 0.0001, 0.02, 1, 0.5]


def associations(seed, count):
    """Ids in a mixed order, with p at the bounds, ties and missing ones."""
    draw = np.random.default_rng(seed)
    p = 10.0 ** -draw.uniform(0, 7, count)
    p[draw.integers(0, count, count // 5)] = draw.choice(BOUNDS, count // 5)
    if seed % 2:
        p = np.minimum(np.round(p, 4) + 1e-5, 1)
    p[draw.integers(0, count, 5)] = np.nan
    table = pd.DataFrame({"ID": [f"v{j}" for j in range(count)], "P": p})
    return table.sample(frac=1, random_state=seed)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("r2", [0.1, 0.6])
def test_clump__equals_plink1(cohort, plink1, tmp_path, seed, r2):
    source, _ = cohort(seed, {"1": 110, "2": 60, "XY": 30}, strength=0.95)
    table = associations(seed, 200)
    path = tmp_path / "x.assoc"
    table.rename(columns={"ID": "SNP"}).to_csv(path, sep="\t", index=False, na_rep="NA")
    kb = (20, 7.5)[seed % 2]
    plink1("--bfile", tmp_path / "fileset", "--clump", path, "--clump-r2", r2,
           "--clump-kb", kb, "--clump-p1", 0.001, "--clump-p2", 0.02,
           "--out", tmp_path / "peer")  # fmt: skip
    theirs = pd.read_csv(tmp_path / "peer.clumped", sep=r"\s+", keep_default_na=False)
    ours, missing = clump(source, table, p1=0.001, p2=0.02, r2=r2, kb=kb)
    assert not missing
    assert list(ours["ID"]) == list(theirs["SNP"])
    counts = theirs[["TOTAL", "NSIG", "S05", "S01", "S001", "S0001"]]
    np.testing.assert_array_equal(ours[COLUMNS], counts)
    listed = theirs["SP2"].str.replace("(1)", "", regex=False).replace("NONE", ".")
    assert list(ours["SP2"]) == list(listed)
    p = 10 ** -ours["NEG_LOG10_P"]
    np.testing.assert_allclose(p, theirs["P"].astype(float), rtol=0.01)
    assert ours["TOTAL"].sum() > 20
    assert list(ours["#CHROM"].astype(str).unique()) != ["1"]


def test_clump__on_x_equals_plink1(cohort, plink1, tmp_path):
    source, _ = cohort(1, {"X": 120}, founders=True)
    table = associations(2, 120)
    path = tmp_path / "x.assoc"
    table.rename(columns={"ID": "SNP"}).to_csv(path, sep="\t", index=False, na_rep="NA")
    plink1("--bfile", tmp_path / "fileset", "--clump", path, "--clump-r2", 0.2,
           "--clump-kb", 20, "--out", tmp_path / "peer")  # fmt: skip
    theirs = pd.read_csv(tmp_path / "peer.clumped", sep=r"\s+", keep_default_na=False)
    ours, _ = clump(source, table, r2=0.2, kb=20)
    assert list(ours["ID"]) == list(theirs["SNP"])
    np.testing.assert_array_equal(ours["TOTAL"], theirs["TOTAL"])


def test_clump__p_of_zero_and_below_the_smallest_float(cohort):
    source, _ = cohort(3, {"1": 60}, founders=True)
    ids = source.variants["ID"]
    table = pd.DataFrame({"ID": ids, "NEG_LOG10_P": 0.0})
    table.loc[[10, 30, 50], "NEG_LOG10_P"] = [400.0, 500.0, np.inf]
    found = clump(source, table, r2=1, kb=0.001).table
    assert list(found["ID"]) == ["v50", "v30", "v10"]


def test_clump__of_no_significant_variant_is_empty(cohort):
    source, _ = cohort(3, {"1": 60})
    table = pd.DataFrame({"ID": source.variants["ID"], "P": 0.5})
    found = clump(source, table).table
    assert found.empty
    assert {"SP2", *COLUMNS} < set(found.columns)


def test_clump__names_significant_variants_without_genotypes(cohort):
    source, _ = cohort(3, {"1": 60})
    table = pd.DataFrame({"ID": ["v3", "gone", "too"], "P": [1e-9, 1e-9, 0.5]})
    found = clump(source, table)
    assert found.missing == ["gone"]
    assert list(found.table["ID"]) == ["v3"]


@pytest.mark.parametrize(
    ("ids", "p", "words", "message"),
    [
        (["v3", "v3"], [0.1, 0.2], {}, "associations: id 'v3' is there twice"),
        (["v3", "v4"], [0.1, -1.0], {}, "p of 'v4' is not between 0 and 1"),
        (["v3", "v4"], [0.1, 1.5], {}, "p of 'v4' is not between 0 and 1"),
        (["v3", "v4"], [0.1, 0.5], {"r2": 0}, "r2: 0; expected above 0"),
        (["v3", "v4"], [0.1, 0.5], {"p1": 2}, "p1: 2; expected above 0, to 1"),
        (["v3", "v4"], [0.1, 0.5], {"kb": 0}, "0 kb; expected more than 0"),
    ],
)
def test_clump__raises_on_wrong_arguments(cohort, ids, p, words, message):
    source, _ = cohort(3, {"1": 60})
    with pytest.raises(ValueError, match=message):
        clump(source, pd.DataFrame({"ID": ids, "P": p}), **words)

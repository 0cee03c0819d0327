"""The command that does what PLINK's `--clump` does."""

import gzip

import numpy as np
import pandas as pd
import pytest

from experiments import associate, clump


def words(fileset, tmp_path, *more):
    return ["clump", f"--bfile={fileset}", f"--out={tmp_path}/x", *more]


@pytest.fixture
def table(fileset, tmp_path):
    """A .glm.linear of the fileset."""
    associate.main(
        ["associate", f"--bfile={fileset}", f"--pheno={fileset}.pheno",
         f"--out={tmp_path}/gwas"]
    )  # fmt: skip
    return next(tmp_path.glob("gwas.*.glm.linear"))


def test_clump__of_a_glm_table(fileset, tmp_path, table):
    more = ("--clump_p1=0.01", "--clump_p2=0.05", "--clump_r2=0.2")
    clump.main(words(fileset, tmp_path, f"--clump={table}", *more))
    found = pd.read_csv(tmp_path / "x.clumps", sep="\t")
    assert list(found.columns) == [
        *("#CHROM", "POS", "ID", "P", "TOTAL", "NONSIG"),
        *("S0.05", "S0.01", "S0.001", "S0.0001", "SP2"),
    ]
    gwas = pd.read_csv(table, sep="\t").set_index("ID")
    assert list(found["P"]) == list(gwas.loc[found["ID"], "P"])
    assert found["P"].is_monotonic_increasing
    assert found["P"].iloc[0] == gwas["P"].min()
    assert (found["P"] <= 0.01).all()
    assert found["TOTAL"].sum() > 5


def test_clump__other_names_other_tests_and_a_packed_file(fileset, tmp_path, table):
    more = ("--clump_p1=0.01", "--clump_r2=0.2")
    clump.main(words(fileset, tmp_path, f"--clump={table}", *more))
    wanted = (tmp_path / "x.clumps").read_text()
    gwas = pd.read_csv(table, sep="\t", dtype=str)
    other = gwas.assign(TEST="DOM", P="NA")
    renamed = pd.concat([gwas, other]).rename(columns={"ID": "rsid", "P": "p_value"})
    with gzip.open(tmp_path / "x.gz", "wt") as file:
        renamed.to_csv(file, sep=" ", index=False)
    fields = ("--clump_id_field=rsid", "--clump_p_field=p_value")
    clump.main(words(fileset, tmp_path, f"--clump={tmp_path}/x.gz", *more, *fields))
    assert (tmp_path / "x.clumps").read_text() == wanted


def test_clump__warns_of_variants_without_genotypes(fileset, tmp_path, capsys):
    (tmp_path / "x.assoc").write_text("SNP P\nnowhere 1e-400\n")
    clump.main(words(fileset, tmp_path, f"--clump={tmp_path}/x.assoc"))
    assert "'nowhere'" in capsys.readouterr().out
    assert len((tmp_path / "x.clumps").read_text().splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1e-8", 8),
        ("2e-400", 400 - np.log10(2)),
        ("0", np.inf),
        ("1", 0),
        ("0E0", np.inf),
    ],
)
def test_neg_log10__of_any_size(text, expected):
    assert clump.neg_log10(text, "x") == pytest.approx(expected)


def test_neg_log10__of_a_missing_p():
    assert np.isnan(clump.neg_log10("NA", "x"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ID BETA\nv1 2\n", "no column P; found ID BETA. --clump_p_field names it"),
        ("rs P\nv1 2\n", "no column ID or SNP; .* --clump_id_field"),
        ("ID P\nv1 x\n", "line 2: P is 'x'; expected 0 to 1"),
        ("ID P\nv1 1.5\n", "line 2: P is '1.5'"),
        ("ID P\nv1 -1e-400\n", "line 2: P is '-1e-400'"),
        ("ID P TEST\nv1 1 DOM\n", "no row of TEST ADD; found DOM"),
        ("ID P\nv1\n", "line 2: 1 fields; expected 2"),
        ("", "empty"),
    ],
)
def test_clump__raises_on_wrong_tables(fileset, tmp_path, text, message):
    (tmp_path / "t").write_text(text)
    with pytest.raises(ValueError, match=message):
        clump.main(words(fileset, tmp_path, f"--clump={tmp_path}/t"))
    assert not (tmp_path / "x.clumps").exists()

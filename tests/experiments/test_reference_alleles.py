"""Swapped alleles and wrong files of --ref_freq, said by the cohort stage."""

import shutil

import numpy as np
import pandas as pd
import pytest

from experiments import flags
from experiments.prepare_cohort import run
from experiments.workdir import Workdir
from gxjax.report.tables import read_table


@pytest.fixture
def reference(fileset, plink2, tmp_path):
    """plink2's frequencies of the fileset, to be changed."""
    out = tmp_path / "panel"
    plink2("--bfile", fileset, "--freq", "--nonfounders", "--out", out)
    table = pd.read_csv(f"{out}.afreq", sep="\t", dtype={"#CHROM": str})
    return table, tmp_path / "panel.afreq"


@pytest.fixture
def stage(arguments, tmp_path):
    def call(*words):
        parsed = flags.parse(arguments(tmp_path / "out", *words))
        return run(parsed.configuration, Workdir(tmp_path / "out"))

    return call


def test_run__says_what_the_alleles_are_to_the_reference(reference, stage, tmp_path):
    table, path = reference
    plain = table.index[~(table["REF"] + table["ALT"]).isin(["AT", "TA", "CG", "GC"])]
    swap, far, strange = plain[:7], plain[7], plain[8]
    table.loc[swap, ["REF", "ALT"]] = table.loc[swap, ["ALT", "REF"]].to_numpy()
    table.loc[swap, "ALT_FREQS"] = 1 - table.loc[swap, "ALT_FREQS"]
    table.loc[far, "ALT_FREQS"] = round(1 - table.loc[far, "ALT_FREQS"])
    table.loc[strange, "ALT"] = "GATTACA"
    table.iloc[:-5].to_csv(path, sep="\t", index=False)
    said = [note for note in stage(f"--ref_freq={path}") if note.startswith("alleles")]
    assert len(said) == 1
    assert "235 of 240 variants are in panel.afreq" in said[0]
    assert "7 swapped (A1 and A2 exchanged)" in said[0]
    assert "1 frequency differs" in said[0]
    assert "1 other alleles" in said[0]
    found = read_table(tmp_path / "out" / "cohort" / "alleles.tsv")
    assert len(found) == 235
    assert (found["STATUS"][swap] == "swapped").all()
    close = found[found["STATUS"].isin(["same", "swapped"])]
    np.testing.assert_allclose(close["A1_FREQ"], close["REFERENCE_FREQ"], atol=1e-5)


def test_run__raises_on_a_reference_of_other_variants(reference, stage, tmp_path):
    table, path = reference
    table.assign(ID=[f"x{i}" for i in table.index]).to_csv(path, sep="\t", index=False)
    with pytest.raises(ValueError, match=r"panel\.afreq: none of its 240 variants is"):
        stage(f"--ref_freq={path}")
    assert not (tmp_path / "out" / "cohort").exists()


def test_run__says_that_a_variant_is_there_under_both_names(fileset, stage, tmp_path):
    for suffix in (".bed", ".bim", ".fam"):
        shutil.copy(f"{fileset}{suffix}", tmp_path / f"c{suffix}")
    rows = [line.split("\t") for line in (tmp_path / "c.bim").read_text().splitlines()]
    rows[4] = [rows[3][0], "again", rows[3][2], rows[3][3], rows[3][5], rows[3][4]]
    text = "".join("\t".join(row) + "\n" for row in rows)
    (tmp_path / "c.bim").write_text(text)
    said = stage(f"--bfile={tmp_path / 'c'}")
    assert any("2 variants are there more than once under exchanged" in n for n in said)

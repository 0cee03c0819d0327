"""The whole pipeline on real files: what it writes, resumes and refuses."""

import os
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from experiments import benchmark
from gxjax.genotypes import read_plink, select_variants, write_plink
from gxjax.report import read_table
from gxjax.types import Genotypes

METHODS = "--methods=saliency,deeplift"


@pytest.fixture(scope="module")
def finished(tmp_path_factory, arguments):
    """The workdir of one finished run of four score columns."""
    workdir = tmp_path_factory.mktemp("run") / "out"
    benchmark.main(arguments(workdir, METHODS))
    return workdir


def test_main__writes_the_tables_that_users_read(finished):
    recall = read_table(finished / "benchmark" / "recall.tsv")
    assert list(recall)[:7] == [
        "method", "noise", "effect", "quantile", "k", "value", "lower",
    ]  # fmt: skip
    assert {"saliency", "deeplift", "gwas", "random"} == set(recall["method"])
    assert {"additive", "dominant", "recessive", "epistatic_pair"} <= set(
        recall["effect"]
    )
    assert recall["value"].between(0, 1).all()
    assert (recall["lower"] <= recall["value"]).all()
    for name in ("precision", "stability", "composite"):
        table = read_table(finished / "benchmark" / f"{name}.tsv")
        assert list(table)[:2] == ["method", "noise"]
        assert len(table.drop_duplicates(["method", "noise"])) == 4


@pytest.mark.parametrize(("arm", "width"), [("spikein", 254), ("decoy", 480)])
def test_main__scores_every_column_of_every_member(finished, arm, width):
    table = pd.read_parquet(finished / "attribution" / f"{arm}.parquet")
    assert list(table)[:4] == ["#CHROM", "POS", "ID", "A1"]
    noises = ("none", "smoothgrad_squared")
    assert list(table)[4:] == [
        f"{method}.{noise}.{member}"
        for method in ("saliency", "deeplift")
        for noise in noises
        for member in (0, 1)
    ]
    assert len(table) == width
    values = table.iloc[:, 4:].to_numpy()
    assert np.isfinite(values).all()
    assert (values >= 0).all()


def test_main__writes_report_manifest_and_flags(finished):
    page = (finished / "report" / "index.html").read_text()
    assert "<html" in page[:200]
    assert "<dd>mode: commonest TRAIN genotype of each variant</dd>" in page
    assert "quantiles over people, networks and arms" in page
    manifest = read_table(finished / "truth" / "spikein.tsv")
    assert len(manifest) == 4 + 3 + 3 + 2 * 2
    assert "--members=2" in (finished / "run.flags").read_text()
    for arm in ("spikein", "decoy", "real"):
        history = read_table(finished / "ensemble" / arm / "history.tsv")
        assert set(history["epoch"]) == {1, 2, 3}
    left = [path for path in finished.rglob("*") if path.suffix == ".tmp"]
    assert not left


def test_main__second_run_skips_every_stage(finished, arguments, capsys):
    before = {p: p.stat().st_mtime_ns for p in finished.rglob("*") if p.is_file()}
    benchmark.main(arguments(finished, METHODS))
    assert capsys.readouterr().out.count("already done") == 7
    after = {p: p.stat().st_mtime_ns for p in finished.rglob("*") if p.is_file()}
    assert before == after


def test_main__refuses_changed_flags(finished, arguments):
    with pytest.raises(ValueError, match=r"--epochs was 3, is 4.*--overwrite"):
        benchmark.main(arguments(finished, METHODS, "--epochs=4"))


def test_main__refuses_changed_input(finished, arguments, fileset):
    pheno = fileset.with_name(fileset.name + ".pheno")
    status = pheno.stat()
    os.utime(pheno, ns=(status.st_atime_ns, status.st_mtime_ns + 10**9))
    with pytest.raises(ValueError, match=r"\.pheno changed since"):
        benchmark.main(arguments(finished, METHODS))
    os.utime(pheno, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.fixture
def per_chromosome(fileset, tmp_path):
    """Prefix chr@ of the same cohort, a fileset per chromosome, and a binary trait."""
    whole = read_plink(fileset)
    for name, rows in whole.variants.groupby("CHROM"):
        columns = rows.index.to_numpy()
        part = select_variants(whole.packed, len(whole.variants), columns)
        table = rows.reset_index(drop=True)
        write_plink(Genotypes(part, table, whole.samples), tmp_path / f"chr{name}")
    pheno = pd.read_csv(f"{fileset}.pheno", sep="\t", dtype={"#FID": str, "IID": str})
    case = np.where(pheno["height"] > pheno["height"].median(), 2, 1)
    pheno.assign(tall=case).to_csv(tmp_path / "tall.txt", sep=" ", index=False)
    return tmp_path


def test_main__reads_a_fileset_per_chromosome_and_a_binary_trait(
    per_chromosome, arguments, capsys
):
    """Under --null too, and with a sample of people as baseline."""
    workdir = per_chromosome / "out"
    words = [
        f"--bfile={per_chromosome / 'chr@'}",
        f"--pheno={per_chromosome / 'tall.txt'}",
        "--pheno_name=tall",
        "--methods=gradient_shap",
        "--noise=none",
        "--epochs=1",
        "--baseline=people",
        "--baseline_people=3",
        "--null",
    ]
    benchmark.main(arguments(workdir, *words))
    said = capsys.readouterr().out
    assert "1 is control (200 people), 2 is case (200)" in said
    assert "auroc on TEST people" in said
    assert "shuffled" in (workdir / "report" / "index.html").read_text()
    cohort = np.load(workdir / "cohort" / "people.npz")
    learnt = np.load(workdir / "truth" / "phenotype.npy")
    assert (learnt != cohort["phenotype"]).any()
    for part in (0, 1, 2):
        here = cohort["split"] == part
        assert learnt[here].sum() == cohort["phenotype"][here].sum()


def test_main__saved_flags_repeat_the_run_even_through_kill_9(finished, tmp_path):
    """Killed in the middle of training and started again, it ends the same."""
    workdir = tmp_path / "killed"
    words = [f"--flagfile={finished / 'run.flags'}", f"--workdir={workdir}"]
    command = [sys.executable, "-m", "experiments.benchmark", *words]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while not list(workdir.glob("ensemble/*/checkpoints")):
        assert process.poll() is None
        time.sleep(0.05)
    process.kill()
    process.wait()
    benchmark.main(["benchmark", *words])
    for name in ("recall", "precision", "stability", "composite"):
        file = f"benchmark/{name}.tsv"
        assert (workdir / file).read_bytes() == (finished / file).read_bytes()

"""The inputs of a run's networks as files that plink2 reads without a warning."""

import dataclasses
import shutil

import numpy as np
import pandas as pd
import pytest

from experiments import export_genotypes, flags, prepare_cohort
from experiments.records import load_cohort
from experiments.truth_records import load_arm
from experiments.workdir import Workdir
from gxjax.genotypes import open_bed_source, read_plink
from gxjax.genotypes.packed import unpack
from gxjax.types import Block


def export(work, arm, kind, out):
    export_genotypes.main(
        ["x", f"--workdir={work}", f"--arm={arm}", f"--as={kind}", f"--out={out}"]
    )


def codes_of(arm):
    parts = [
        unpack(np.asarray(block.packed[:]), block.count)[block.rows]
        for block in arm.blocks
    ]
    return np.concatenate(parts, axis=1)


@pytest.mark.parametrize("kind", ["bed", "vcf", "vcf.gz"])
@pytest.mark.parametrize("name", ["spikein", "decoy", "real"])
def test_export__plink2_reads_what_the_networks_saw(
    trained, plink2, tmp_path, name, kind
):
    export(trained, name, kind, tmp_path / "x")
    given = ["--bfile", tmp_path / "x"]
    if kind != "bed":
        given = ["--vcf", tmp_path / f"x.{kind}", "--psam", tmp_path / "x.psam"]
    plink2(*given, "--make-bed", "--out", tmp_path / "y")
    assert "Warning" not in (tmp_path / "y.log").read_text()
    found = read_plink(tmp_path / "y")
    cohort = load_cohort(Workdir(trained))
    arm = load_arm(Workdir(trained), cohort, name)
    truth = pd.read_csv(tmp_path / "x.truth.tsv", sep="\t", dtype=str)
    assert truth["ID"].tolist() == found.variants["ID"].tolist()
    assert truth["ID"].is_unique
    names = export_genotypes.named_variants(arm)["ID"].tolist()
    columns = [names.index(each) for each in found.variants["ID"]]
    assert sorted(columns) == list(range(len(names)))
    expected = codes_of(arm)[:, columns]
    np.testing.assert_array_equal(unpack(found.packed, len(names)), expected)
    variants = arm.variants.iloc[columns].reset_index(drop=True)
    for column in ("POS", "A1", "A2"):
        assert found.variants[column].tolist() == variants[column].tolist()
    pd.testing.assert_frame_equal(found.samples, cohort.genotypes.samples)


def test_export__decoys_are_named_after_their_variant(trained, tmp_path):
    export(trained, "decoy", "bed", tmp_path / "x")
    truth = pd.read_csv(tmp_path / "x.truth.tsv", sep="\t", dtype=str)
    real, decoy = truth.iloc[::2], truth.iloc[1::2]
    assert (real["kind"] == "real").all()
    assert (decoy["kind"] == "decoy").all()
    assert decoy["partner"].tolist() == real["ID"].tolist()
    assert decoy["ID"].tolist() == ("DECOY_" + real["ID"]).tolist()


def test_named_variants__no_two_alike(trained):
    cohort = load_cohort(Workdir(trained))
    arm = load_arm(Workdir(trained), cohort, "decoy")
    table = arm.variants.copy()
    table.loc[[0, 1], "ID"] = ["v", "DECOY_v"]
    half = len(table) // 2
    table.loc[[half, half + 1], "ID"] = ["v", "DECOY_v"]
    named = export_genotypes.named_variants(dataclasses.replace(arm, variants=table))
    assert named["ID"].is_unique
    assert named["ID"].iloc[half] == "DECOY_DECOY_v"


def test_export__of_8_bits_beside_2(trained, tmp_path, monkeypatch):
    """A cohort of dosages with spike-ins, which are hard calls."""
    cohort = load_cohort(Workdir(trained))
    arm = load_arm(Workdir(trained), cohort, "spikein")
    first = arm.blocks[0]
    people = len(first.rows)
    octets = np.random.default_rng(0).integers(0, 256, (people, first.count))
    block = Block(octets.astype(np.uint8), first.rows, first.count, 8)
    arm = dataclasses.replace(arm, blocks=(block, *arm.blocks[1:]))
    monkeypatch.setattr(export_genotypes, "load_arm", lambda *_: arm)
    monkeypatch.setattr(export_genotypes, "chunk_length", lambda people: 7)
    monkeypatch.setattr(export_genotypes, "held_length", lambda *_: 21)
    export(trained, "spikein", "bed", tmp_path / "x")
    source = open_bed_source(tmp_path / "x")
    assert source.bits == 8
    read = np.frombuffer((tmp_path / "x.dosages").read_bytes(), np.uint8)
    read = read.reshape(-1, people).T
    order = export_genotypes.file_order(arm)
    calls = unpack(arm.blocks[1].packed, arm.blocks[1].count)
    both = np.hstack([octets, np.array([0, 127, 254, 255])[calls]])
    np.testing.assert_array_equal(read, both[:, order])


def test_export__a_simulated_cohort(plink2, tmp_path):
    words = ["--simulate_people=300", "--simulate_variants=50", "--batch_size=32"]
    given = flags.parse(["x", f"--workdir={tmp_path / 'out'}", *words])
    prepare_cohort.run(given.configuration, Workdir(given.workdir))
    export(given.workdir, "simulated", "vcf", tmp_path / "x")
    plink2("--vcf", tmp_path / "x.vcf", "--psam", tmp_path / "x.psam", "--make-bed",
           "--out", tmp_path / "y")  # fmt: skip
    assert "Warning" not in (tmp_path / "y.log").read_text()
    found = read_plink(tmp_path / "y")
    expected = read_plink(tmp_path / "out" / "simulated" / "cohort")
    np.testing.assert_array_equal(found.packed, expected.packed)
    pd.testing.assert_frame_equal(found.samples, expected.samples)


def test_export__raises_on_a_run_that_is_not_so_far(trained, tmp_path):
    with pytest.raises(ValueError, match="stage 'truth' is not done"):
        export(tmp_path, "spikein", "bed", tmp_path / "x")
    with pytest.raises(FileNotFoundError, match=r"cohort.bed: missing; expected a run"):
        export(trained, "simulated", "bed", tmp_path / "x")
    with pytest.raises(FileNotFoundError, match="create it first"):
        export(trained, "real", "bed", tmp_path / "none" / "x")
    assert not list(tmp_path.iterdir())


def test_export__is_the_same_from_a_store(trained, tmp_path, monkeypatch):
    shutil.copytree(trained, tmp_path / "copy")
    export(tmp_path / "copy", "decoy", "bed", tmp_path / "x")
    monkeypatch.setattr("experiments.records._IN_MEMORY", 0)
    export(tmp_path / "copy", "decoy", "bed", tmp_path / "y")
    assert (tmp_path / "x.bed").read_bytes() == (tmp_path / "y.bed").read_bytes()

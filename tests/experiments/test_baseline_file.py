"""A table of baselines: read, aligned by ID and A1, carried over to every arm."""

import numpy as np
import pandas as pd
import pytest

from experiments.arms import arm_plans
from experiments.baseline_file import align_baselines, read_baselines
from experiments.baselines import arm_baseline, check_baseline
from experiments.configuration import AttributionFlags
from experiments.records import load_cohort
from experiments.truth_records import load_arm
from experiments.workdir import Workdir
from gxjax.attribution import baseline
from gxjax.types import KINDS

VARIANTS = pd.DataFrame(
    {"ID": ["rs1", "rs2", "rs3"], "A1": ["A", "C", "G"], "A2": ["T", "T", "T"]}
)


@pytest.fixture
def write(tmp_path):
    def call(text):
        path = tmp_path / "mine.tsv"
        path.write_text(text)
        return path

    return call


def test_align_baselines__by_id_and_allele_whatever_the_order(write):
    path = write(
        "#CHROM\tPOS\tID\tA1\tone\ttwo\n"
        "1\t30\trs3\tG\t0.5\t2\n"
        "1\t99\trs9\tG\t0\t0\n"
        "1\t10\trs1\tT\t0.25\t2\n"
        "1\t20\trs2\tC\t1\t0\n"
    )
    found = align_baselines(read_baselines(path), VARIANTS, path)
    np.testing.assert_array_equal(found.rows, [[1.75, 1, 0.5], [0, 0, 2]])
    assert found.rows.dtype == np.float32
    assert (
        found.description
        == "2 rows of mine.tsv, 2 - dosage where its A1 is our A2 (1 variants)"
    )


def test_align_baselines__without_alleles_and_with_spaces(write):
    path = write("\nID  x\nrs1 0\n\nrs2  1\r\nrs3 2\n")
    found = align_baselines(read_baselines(path), VARIANTS, path)
    np.testing.assert_array_equal(found.rows, [[0, 1, 2]])
    assert (
        found.description
        == "1 row of mine.tsv, which has no A1: taken for dosages of our A1"
    )


def test_align_baselines__checks_both_alleles_where_there_are_two(write):
    text = "ID A2 A1 x\nrs1 A T 0\nrs2 T C 1\nrs3 T G 2\n"
    path = write(text)
    found = align_baselines(read_baselines(path), VARIANTS, path)
    np.testing.assert_array_equal(found.rows, [[2, 1, 2]])
    path = write(text.replace("rs2 T", "rs2 G"))
    message = r"mine\.tsv: variant 'rs2': A1 and A2 are C and G; expected C and T"
    with pytest.raises(ValueError, match=message):
        align_baselines(read_baselines(path), VARIANTS, path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "ID x\nrs1 0\nrs2 1\n",
            "mine.tsv: variant 'rs3' is not there, nor are 0 more",
        ),
        (
            "ID A1 x\nrs1 A 0\nrs2 C 1\nrs3 C 1\n",
            "'rs3': A1 is 'C'; expected 'G' or 'T'",
        ),
    ],
)
def test_align_baselines__raises_and_names_the_variant(write, text, message):
    path = write(text)
    with pytest.raises(ValueError, match=message):
        align_baselines(read_baselines(path), VARIANTS, path)


def test_align_baselines__raises_on_ids_that_the_cohort_has_twice(write):
    path = write("ID x\nrs1 0\nrs2 1\n")
    with pytest.raises(ValueError, match=r"share an ID: 'rs1' and more, 2 in all"):
        align_baselines(read_baselines(path), VARIANTS.assign(ID="rs1").iloc[:2], path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a header and a line per variant"),
        ("ID x\n", "expected a header and a line per variant"),
        ("rs1 0\nrs2 1\n", "columns rs1 0; expected ID"),
        ("ID A1\nrs1 A\n", "columns ID A1; expected ID"),
        ("ID x x\nrs1 0 0\n", "under a name of its own"),
        ("ID x\nrs1 0\nrs2\n", "line 3: 1 fields; expected 2"),
        ("ID x\nrs1 0\n\nrs1 1\n", "line 4: variant 'rs1' is there twice"),
        ("ID x\nrs1 0\nrs2 2.5\n", "line 3, column 'x': found '2.5' for variant 'rs2'"),
        (
            "ID x\nrs1 NA\n",
            r"found 'NA' for variant 'rs1'; expected a dosage in \[0, 2",
        ),
        ("ID x y\nrs1 0 -1\n", "column 'y': found '-1'"),
    ],
)
def test_read_baselines__raises_and_names_the_line(write, text, message):
    with pytest.raises(ValueError, match=rf"mine\.tsv.*{message}"):
        read_baselines(write(text))


def test_check_baseline__raises_where_flags_are_at_odds(tmp_path):
    with pytest.raises(ValueError, match="give both or neither"):
        check_baseline(AttributionFlags(baseline="file"))
    with pytest.raises(ValueError, match="give both or neither"):
        check_baseline(AttributionFlags(baseline_file="/x"))
    flags = AttributionFlags(baseline="file", baseline_file=str(tmp_path / "none"))
    with pytest.raises(
        FileNotFoundError, match=r"--baseline_file=.*none: no such file"
    ):
        check_baseline(flags)


@pytest.fixture
def given(trained):
    """Two rows for the real variants of the trained cohort, none equal to the mode."""
    variants = load_cohort(Workdir(trained)).genotypes.variants
    draw = np.random.default_rng(0).uniform(0.1, 0.9, (2, len(variants)))
    table = pd.DataFrame({"ID": variants["ID"], "x": draw[0], "y": draw[1]})
    return align_baselines(table, variants, "mine.tsv")


@pytest.mark.parametrize("name", ["real", "spikein", "decoy"])
def test_arm_baseline__of_planted_columns(trained, configured, given, name):
    """A decoy has its variant's baseline, a spike-in its TRAIN mode."""
    cohort = load_cohort(Workdir(trained))
    arm = load_arm(Workdir(trained), cohort, name)
    configuration = configured("--baseline=file", "--baseline_file=mine.tsv")
    plan = next(plan for plan in arm_plans(configuration) if plan.name == name)
    work = Workdir(trained)
    found = arm_baseline(configuration, work, cohort, plan, arm, None, given)
    width, kind = given.rows.shape[1], arm.truth.kind
    assert found.rows.shape == (2, len(kind))
    np.testing.assert_array_equal(found.rows[:, :width], given.rows)
    decoys = kind == KINDS.index("decoy")
    np.testing.assert_array_equal(
        found.rows[:, decoys], given.rows[:, arm.truth.partner[decoys]]
    )
    planted = ~decoys & (kind != KINDS.index("real"))
    mode = baseline("mode", arm.counts, arm.encoding.fill)[:, planted]
    np.testing.assert_array_equal(found.rows[:, planted], np.repeat(mode, 2, axis=0))
    assert (decoys.sum(), planted.sum()) == {
        "real": (0, 0),
        "spikein": (0, 14),
        "decoy": (240, 0),
    }[name]

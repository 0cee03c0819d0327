"""What the extrapolation of the published experiment multiplies, with what."""

import math
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "scripts"))

from bench.device_arm import TrainingSize
from bench.device_training import least_bytes, measure_training
from bench.extrapolation import Part, as_rows, as_table, per_block
from bench.fitting import DoesNotFit, largest_that_fits, smaller
from bench.published_experiment import (
    Clock,
    Measured,
    all_parts,
    as_result,
    measure_experiment,
)
from bench.published_parts import (
    ARMS,
    Attribution,
    Published,
    Sample,
    Training,
    parts_of_arm,
)

PUBLISHED = Published(
    people=300_000, variants=500_000, members=10, epochs=100, batch_size=128
)
TRAINING = Training(
    members=5,
    columns=500_000,
    compile_seconds=30.0,
    step_seconds=0.02,
    validation_seconds=0.5,
    validation_people=2048,
    keep_seconds=0.1,
)
ATTRIBUTION = Attribution(
    members=10,
    columns=500_000,
    score_columns=8,
    batch_size=256,
    compile_seconds=20.0,
    member_seconds=2.0,
    block_seconds=0.2,
)
PLACING = Sample(people=10_000, columns=500_000, seconds=3.0)
ASSOCIATION = Sample(people=16_000, columns=20_000, seconds=0.4)


def seconds_of(arm, training=TRAINING, attribution=ATTRIBUTION):
    parts = parts_of_arm(PUBLISHED, arm, training, attribution, PLACING, ASSOCIATION)
    return {part.name: part.hours * 3600 for part in parts}


def test_published__counts_people_steps_and_columns():
    assert (PUBLISHED.train, PUBLISHED.held_out, PUBLISHED.steps) == (
        240_000, 30_000, 1875,
    )  # fmt: skip
    columns = [PUBLISHED.columns(arm) for arm in ("spikein", "decoy", "real")]
    assert columns == [500_400, 1_000_000, 500_000]
    # A last batch that would be smaller is left out.
    assert PUBLISHED._replace(batch_size=512).steps == 468


def test_parts_of_arm__multiplies_what_was_measured():
    # 10 members are 2 groups of the 5 that were trained together.
    assert seconds_of("real") == pytest.approx(
        {
            "genotypes for training": 3.0 * 30 * 2,
            "compilation, first step": 30.0 * 2,
            "training": 0.02 * 1875 * 100 * 2,
            "validation": 0.5 * 30_000 / 2048 * 100 * 2,
            "best epoch kept": 0.1 * 100 * 2,
            "genotypes for attribution": 3.0 * 3,
            "compilation of attribution": 20.0,
            "law of noise, totals": 2.0 * 10,
            # 30,000 people are 117.2 blocks; the last is filled up.
            "attribution": 0.2 * 118 * 10,
        }
    )


def test_parts_of_arm__scales_columns_of_another_arm():
    real, decoy, spikein = map(seconds_of, ("real", "decoy", "spikein"))
    for part in ("training", "validation", "best epoch kept", "attribution"):
        assert math.isclose(decoy[part], 2 * real[part])
        assert math.isclose(spikein[part], 1.0008 * real[part])
    # Decoys are rows of the same matrix; a program of any width is compiled once.
    same = ("genotypes for training", "compilation, first step")
    assert all(decoy[part] == real[part] for part in same)
    own = seconds_of("decoy", TRAINING._replace(columns=1_000_000))
    assert math.isclose(own["training"], real["training"])


def test_parts_of_arm__associates_spikeins_only():
    assert math.isclose(
        seconds_of("spikein")["association"], 0.4 * 240_000 / 16_000 * 500_400 / 20_000
    )
    assert not any("association" in seconds_of(arm) for arm in ("decoy", "real"))


def test_parts_of_arm__scales_back_variants_that_did_not_fit():
    one = TRAINING._replace(members=1, columns=125_000)
    found = seconds_of("real", one)["training"]
    assert math.isclose(found, 0.02 * 1875 * 100 * 10 * 4)


def test_part__says_its_factors_in_words():
    one, *_ = parts_of_arm(
        PUBLISHED, "real", TRAINING, ATTRIBUTION, PLACING, ASSOCIATION
    )
    assert one.scaled_by == "300,000 / 10,000 people x 2 groups of members"
    assert one.measured == "a store of 10,000 people x 500,000 columns"
    alone = Part("real", "x", 7200.0, "it", ())
    assert (alone.factor, alone.scaled_by, alone.hours) == (1, "once", 2.0)


def test_all_parts__measured_decoys_are_not_scaled():
    real = Measured(TRAINING, ATTRIBUTION, {"plan": "of real"})
    wide = TRAINING._replace(columns=1_000_000, step_seconds=0.07, members=10)
    decoy = Measured(wide, ATTRIBUTION._replace(columns=1_000_000), {})
    alone = {"real": real}
    parts = all_parts(PUBLISHED, alone, PLACING, ASSOCIATION)
    both = all_parts(PUBLISHED, alone | {"decoy": decoy}, PLACING, ASSOCIATION)
    assert [part.arm for part in parts] == [part.arm for part in both]
    trained = {part.arm: part.hours for part in both if part.name == "training"}
    assert math.isclose(trained["decoy"] * 3600, 0.07 * 1875 * 100)
    found = as_result(parts, alone)
    assert found["not_measured"] == ["spikein", "decoy"]
    assert as_result(both, alone | {"decoy": decoy})["not_measured"] == ["spikein"]
    assert list(found["hours"]) == list(ARMS)
    assert math.isclose(found["total_hours"], sum(part.hours for part in parts))
    assert found["measured"] == {"real": {"plan": "of real"}}


def test_as_table__ends_in_the_total():
    parts = [
        Part("real", "a", 3600.0, "one", ((2, "2 times"),)),
        Part("real", "b", 1800.0, "two", ()),
        Part("decoy", "a", 3600.0, "three", ()),
    ]
    *_, real, decoy, total = as_table(parts).splitlines()
    assert real == "| real | all | | | | 2.500 |"
    assert decoy == "| decoy | all | | | | 1.000 |"
    assert total == "| total | | | | | 3.500 |"
    first, *_ = as_rows(parts)
    assert first == {
        "arm": "real", "name": "a", "seconds": 3600.0, "measured": "one",
        "factor": 2, "scaled_by": "2 times", "hours": 2.0,
    }  # fmt: skip


def test_per_block__separates_what_is_once():
    assert per_block((2, 5.0), (8, 11.0)) == (1.0, 3.0)
    # Nothing is once: a block that got faster must not make that negative.
    assert per_block((2, 2.0), (8, 9.0)) == pytest.approx((7 / 6, 0.0))
    # Noise: all that the long run took, rather than nothing.
    assert per_block((2, 8.0), (8, 4.0)) == (0.5, 0.0)


def test_smaller__groups_of_members_then_fewer_variants():
    found = list(smaller(10, 200))
    assert found == [
        (10, 200), (5, 200), (4, 200), (3, 200), (2, 200), (1, 200), (1, 100), (1, 50),
    ]  # fmt: skip
    assert next(smaller(1, 10)) == (1, 10)


def test_largest_that_fits__says_what_was_refused():
    said = []

    def measure(members, variants):
        if members * variants > 450:
            raise DoesNotFit(f"{members * variants} bytes")
        return members, variants

    assert largest_that_fits(measure, 10, 100, said.append) == (4, 100)
    assert said == [
        "10 members x 100 variants do not fit: 1000 bytes",
        "5 members x 100 variants do not fit: 500 bytes",
        "the largest that fits: 4 members x 100 variants",
    ]
    said.clear()
    assert largest_that_fits(measure, 4, 100, said.append) == (4, 100)
    assert said == []


def test_largest_that_fits__refuses_in_the_end():
    def measure(members, variants):
        raise DoesNotFit("too small")

    with pytest.raises(ValueError, match=r"down to 1 members x 50 .*: too small"):
        largest_that_fits(measure, 2, 200, lambda words: None)


def test_measure_experiment__refuses_too_few_people():
    few = PUBLISHED._replace(people=100)
    with pytest.raises(
        ValueError, match=r"found 100, 80 of them TRAIN .* batch of 128"
    ):
        measure_experiment(few, None, None)


def test_clock__says_what_is_left(capsys):
    times = iter((100.0, 100.0, 107.0, 130.0, 130.0))
    clock = Clock(0.5, now=lambda: next(times))
    clock.next("one")
    clock.next("two")
    # 1 of 24 shares has taken 7 s.
    assert capsys.readouterr().err.splitlines() == [
        "[1/6] one: 0 s so far",
        "[2/6] two: 7 s so far, about 161 s left",
    ]
    assert clock.has(0.0)
    assert not clock.has(1.0)


SIZE = TrainingSize(600, 300, 2, (8, 4), 8, bfloat16=False)


def test_least_bytes__counts_weights_and_genotypes():
    # Weights, best, both moments and gradient; half of two of these in bfloat16.
    assert least_bytes(SIZE) == 2 * 300 * 8 * 20 + 600 * 75
    halved = SIZE._replace(bfloat16=True, decoys=True)
    assert least_bytes(halved) == 2 * 600 * 8 * 16 + 600 * 75


def test_measure_training__refuses_what_the_plan_says_does_not_fit():
    with pytest.raises(DoesNotFit, match=r"bytes at least, of 100,000"):
        measure_training(SIZE, 1, limit=100_000)
    # As the lower bound has it, these fit.
    with pytest.raises(DoesNotFit, match=r"training takes .* expected at most"):
        measure_training(SIZE, 1, limit=least_bytes(SIZE))

"""Meshes: whatever the devices are, the same networks, and little said between them."""

import math
import re

import chex
import numpy as np
import pytest

from gxjax.ensemble import MLP, TrainingConfig, train
from gxjax.ensemble.mesh import check_mesh, default_shape, make_mesh
from gxjax.ensemble.training_run import begin
from gxjax.ensemble.training_shapes import call_shapes
from gxjax.testing import simulate_cohort
from gxjax.truth import real_arm

MEMBERS, WIDTH, BATCH = 8, 8, 32
CONFIG = TrainingConfig(epochs=2, batch_size=BATCH, learning_rate=3e-3)
MODEL = MLP((WIDTH,))
KNOWN = {}


@pytest.fixture
def trained(key, arm, phenotype, split):
    """Eight networks, trained on a mesh of this shape; the same in every test."""

    def call(shape, *, resident=True):
        if (shape, resident) not in KNOWN:
            KNOWN[shape, resident] = train(
                key,
                arm,
                phenotype,
                split,
                model=MODEL,
                config=CONFIG,
                members=MEMBERS,
                mesh=make_mesh(shape, members=MEMBERS, granules=16),
                resident=resident,
            )
        return KNOWN[shape, resident]

    return call


def final_loss(ensemble):
    history = ensemble.history
    return history[history["epoch"] == CONFIG.epochs]["train_loss"].to_numpy()


@pytest.mark.parametrize("resident", [True, False])
@pytest.mark.parametrize("shape", [(8, 1, 1), (1, 8, 1), (1, 1, 8), (2, 2, 2)])
def test_train__on_eight_devices_is_that_on_one(trained, shape, resident):
    one, eight = trained((1, 1, 1)), trained(shape, resident=resident)
    assert len(final_loss(eight)) == MEMBERS
    np.testing.assert_allclose(final_loss(eight), final_loss(one), rtol=1e-5)
    # Batch norm sees all people of a batch, not those of its device.
    chex.assert_trees_all_close(one.statistics, eight.statistics, rtol=1e-3, atol=1e-4)


def test_train__rare_variants_do_not_set_devices_apart(key):
    """They are the same in everybody of a batch, so nothing is learnt of them there.

    What rounding makes of a gradient of 0, Adam would make a step of full size.
    """
    cohort = simulate_cohort(key, people=400, variants=300)
    found = []
    for shape in ((1, 1, 1), (8, 1, 1)):
        ensemble = train(
            key,
            real_arm(cohort),
            cohort.phenotype,
            cohort.split,
            model=MLP((16, 8)),
            config=CONFIG,
            members=MEMBERS,
            mesh=make_mesh(shape, members=MEMBERS, granules=16),
        )
        found.append(ensemble.history["validation_loss"])
    np.testing.assert_allclose(*found, rtol=1e-5)


@pytest.fixture
def collectives(key, arm, phenotype, split):
    """What devices send each other in a step: (operation, numbers in the result)."""

    def compile_step(shape):
        run = begin(
            key,
            arm,
            phenotype,
            split,
            model=MODEL,
            config=CONFIG,
            members=MEMBERS,
            trait="quantitative",
            mesh=make_mesh(shape, members=MEMBERS, granules=16),
            resident=True,
        )
        calls = call_shapes(
            run.program,
            arm,
            run.encoding,
            run.placed,
            run.layout,
            run.feed.mesh,
            CONFIG,
            True,
        )
        step = run.program.step.lower(*calls.step)
        return [
            (kind, sum(math.prod(map(int, dims.split(","))) for dims in sizes))
            for kind, sizes in sent(step.compile().as_text())
        ]

    return compile_step


def sent(program):
    kinds = "all-reduce|all-gather|all-to-all|collective-permute|reduce-scatter"
    for line in program.splitlines():
        found = re.search(rf"= (.*?) ({kinds})(-start)?\(", line)
        if found:
            yield found[2], re.findall(r"\[([\d,]+)\]", found[1])


def test_step__sums_pre_activations_and_moves_no_kernel(collectives):
    """On 2 x 1 x 4 devices: each has half of the members, a quarter of the inputs."""
    found = collectives((2, 1, 4))
    pre_activations = BATCH * MEMBERS // 2 * WIDTH
    assert ("all-reduce", pre_activations) in found
    # Besides them, only the few numbers of a member that all devices want.
    found.remove(("all-reduce", pre_activations))
    assert all(count <= MEMBERS for _, count in found), found


def test_step__of_members_apart_sends_next_to_nothing(collectives):
    assert all(count <= MEMBERS for _, count in collectives((8, 1, 1)))


def test_step__of_people_apart_sums_gradients(collectives):
    """What `collectives` would show of a kernel that moves, and why not the default."""
    inputs = 2 * 16 * 4
    assert any(count >= inputs * MEMBERS * WIDTH for _, count in collectives((1, 8, 1)))


@pytest.mark.parametrize(
    ("count", "members", "shape"),
    [
        (1, 10, (1, 1, 1)),
        (8, 10, (2, 1, 4)),
        (8, 8, (8, 1, 1)),
        (8, 1, (1, 1, 8)),
        (16, 5, (1, 1, 16)),
        (6, 10, (5, 1, 1)),
        (7, 3, (3, 1, 2)),
    ],
)
def test_default_shape__fills_members_then_variants(count, members, shape):
    assert default_shape(count, members, 16) == shape


@pytest.mark.parametrize(
    ("members", "batch", "granules", "message"),
    [
        (3, 32, 16, "2 devices along member do not divide 3 members"),
        (4, 31, 16, "2 devices along sample do not divide 31 people of a batch"),
        (4, 32, 15, "2 devices along variant do not divide 15 parts"),
    ],
)
def test_check_mesh__raises_on_what_it_can_not_cut(members, batch, granules, message):
    mesh = make_mesh((2, 2, 2), members=4, granules=16)
    check_mesh(mesh, 4, 32, 16)
    with pytest.raises(ValueError, match=message):
        check_mesh(mesh, members, batch, granules)


def test_make_mesh__raises_on_more_devices_than_there_are():
    with pytest.raises(ValueError, match="9 devices; expected at most 8"):
        make_mesh((1, 1, 9), members=1, granules=16)

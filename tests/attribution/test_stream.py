"""Scores do not depend on mesh, tiles, or a run that was killed."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.attribution import Method, score

EVERYTHING = [
    ("saliency", "none"),
    ("saliency", "smoothgrad_squared"),
    ("deeplift", "none"),
    ("deeplift", "vargrad"),
    ("gradient_shap", "smoothgrad"),
]


@pytest.fixture
def run(case, key):
    """One program for all tests but those of another mesh or number of tiles."""
    kept = {"key": key, "batch_size": 8, "reductions": ("mean_signed",)}
    return partial(score, *case, EVERYTHING, **kept)


def mesh_of(member, sample, variant):
    devices = np.asarray(jax.devices()[: member * sample * variant])
    shape = (member, sample, variant)
    return jax.sharding.Mesh(devices.reshape(shape), ("member", "sample", "variant"))


def assert_same_scores(found, expected, tolerance=1e-4):
    for name, values in expected.reductions.items():
        scale = np.abs(values).max(axis=2, keepdims=True)
        off = np.abs(found.reductions[name] - values) / scale
        assert off.max() < tolerance, name


@pytest.mark.parametrize(("shape", "tiles"), [((1, 1, 8), None), ((1, 1, 3), 2)])
def test_score__is_the_same_on_one_device_and_on_many(run, shape, tiles):
    """The last has 40 variants over 3 devices and 2 tiles, which do not divide."""
    alone, many = run(), run(mesh=mesh_of(*shape), tiles=tiles)
    assert_same_scores(many, alone)


def test_score__does_not_depend_on_tiles(run):
    assert_same_scores(run(tiles=7), run())


def test_score__raises_on_a_mesh_that_does_not_fit(run):
    with pytest.raises(ValueError, match="2 members or batch_size=6"):
        run(batch_size=6, mesh=mesh_of(1, 4, 1))


class Killed(Exception):
    pass


def test_score__resumes_bit_identical(run, tmp_path):
    file = tmp_path / "state.npz"
    kept = {"checkpoint": file, "checkpoint_seconds": 0.0}

    def kill(done, total, note):
        if done == 3:
            raise Killed

    with pytest.raises(Killed):
        run(**kept, progress=kill)
    seen = []
    resumed = run(**kept, progress=lambda done, total, note: seen.append(done))
    assert seen[0] == 3
    straight = run()
    for name, values in straight.reductions.items():
        np.testing.assert_array_equal(resumed.reductions[name], values)
    np.testing.assert_array_equal(resumed.completeness, straight.completeness)


def test_score__raises_on_a_checkpoint_of_another_job(run, case, key, tmp_path):
    kept = {"checkpoint": tmp_path / "state.npz", "checkpoint_seconds": 0.0}
    run(**kept)
    with pytest.raises(ValueError, match="the state of another score"):
        score(*case, EVERYTHING[:3], key=key, batch_size=8, **kept)


def test_score__local_columns_alone_on_many_devices(case, key):
    """Nothing is tiled then: the totals of tiles are empty."""
    columns = [("saliency", "smoothgrad_squared")]
    mesh = mesh_of(1, 1, 4)
    one, many = (
        score(*case, columns, key=key, mesh=where).values for where in (None, mesh)
    )
    np.testing.assert_allclose(many, one, rtol=1e-4)


def test_score__fewer_people_than_the_batch_on_many_devices(case, key):
    few = case._replace(people=case.people[:5], person_ids=case.person_ids[:5])
    columns = [("saliency", "none")]
    one, many = (
        score(*few, columns, key=key, mesh=where).values
        for where in (None, mesh_of(1, 4, 1))
    )
    np.testing.assert_allclose(many, one, rtol=1e-5)


def test_score__singular_noise_does_not_depend_on_tiles(case, key, make_front):
    """Five variants before twelve units: the law comes from eigenvalues."""
    few = case._replace(
        front=make_front(variants=5),
        dosages=case.dosages._replace(arrays=case.dosages.arrays[:, :5]),
        baseline=np.zeros((1, 5), int),
    )
    columns = [("deeplift", "smoothgrad_squared")]
    one, two = (score(*few, columns, key=key, tiles=tiles).values for tiles in (1, 2))
    np.testing.assert_allclose(two, one, rtol=1e-3, atol=1e-5)


def _twice(f, x, *, baseline, key):
    return 2 * jax.grad(f)(x)


def _thrice(f, x, *, baseline, key):
    return 3 * jax.grad(f)(x)


def test_score__refuses_the_state_of_another_method_or_head(case, key, tmp_path):
    """Their names, and all arrays, are the same."""
    file = tmp_path / "state.npz"

    def run(function, head=case.front.head):
        mine = case._replace(front=case.front._replace(head=head))
        methods = {"mine": Method("mine", function, uses_baseline=False)}
        return score(
            *mine, [("mine", "none")], key=key, methods=methods, batch_size=8,
            checkpoint=file, checkpoint_seconds=0.0,
        ).values  # fmt: skip

    first = run(_twice)
    np.testing.assert_array_equal(run(_twice), first)
    with pytest.raises(ValueError, match="the state of another score"):
        run(_thrice)
    with pytest.raises(ValueError, match="the state of another score"):
        run(_twice, lambda tail, h: jnp.tanh(case.front.head(tail, h)))


@pytest.mark.parametrize("damage", [b"", b"no state", None])
def test_score__raises_on_a_damaged_state(run, tmp_path, damage):
    file = tmp_path / "state.npz"
    kept = {"checkpoint": file, "checkpoint_seconds": 0.0}
    run(**kept)
    file.write_bytes(file.read_bytes()[:1000] if damage is None else damage)
    with pytest.raises(ValueError, match=r"state\.npz: no state .* delete it"):
        run(**kept)

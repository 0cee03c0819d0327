"""Scores do not depend on mesh, tiles, or a run that was killed."""

from functools import partial

import jax
import numpy as np
import pytest

from gxjax.attribution import score

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
    np.testing.assert_array_equal(resumed.values, straight.values)
    np.testing.assert_array_equal(resumed.completeness, straight.completeness)


def test_score__raises_on_a_checkpoint_of_another_job(run, case, key, tmp_path):
    kept = {"checkpoint": tmp_path / "state.npz", "checkpoint_seconds": 0.0}
    run(**kept)
    with pytest.raises(ValueError, match="the state of another score"):
        score(*case, EVERYTHING[:3], key=key, batch_size=8, **kept)

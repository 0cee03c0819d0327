"""A workdir whose networks are trained, to attribute them in many ways."""

import shutil

import pytest

from experiments import attribute, benchmark, flags
from experiments.launcher import run_stage
from experiments.workdir import Workdir


@pytest.fixture(scope="session")
def trained(tmp_path_factory, arguments):
    """A workdir that ends with its ensembles, two networks each; not to be changed."""
    workdir = tmp_path_factory.mktemp("trained") / "out"
    configuration = flags.parse(arguments(workdir, "--epochs=1")).configuration
    work = Workdir(workdir)
    for name in ("cohort", "truth", "ensemble"):
        run_stage(name, benchmark.RUNS[name], configuration, work)
    return workdir


@pytest.fixture
def configured(trained):
    """`configured(*words) -> Configuration` of the trained run with further flags."""

    def parse(*words):
        saved = f"--flagfile={trained / 'run.flags'}"
        return flags.parse(["attribute", saved, *words]).configuration

    return parse


@pytest.fixture
def attributed(trained, configured, tmp_path):
    """`attributed(*words) -> (Workdir, notes)` of a copy of its own."""

    def call(*words, name="copy"):
        shutil.copytree(trained, tmp_path / name)
        work = Workdir(tmp_path / name)
        plain = ("--methods=saliency", "--noise=none")
        return work, attribute.run(configured(*plain, *words), work)

    return call

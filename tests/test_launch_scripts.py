"""Launch scripts of clusters: what of them can be checked without one."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from experiments import flags

SCRIPTS = Path(__file__).parent.parent / "scripts"
SHELL = ("launch_slurm.sh", "launch_tpu.sh")


@pytest.mark.parametrize("name", SHELL)
def test_script__is_bash_that_can_be_run(name):
    path = SCRIPTS / name
    assert path.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", path], check=True)


@pytest.mark.parametrize("name", SHELL)
def test_script__has_nothing_that_shellcheck_finds(name):
    program = shutil.which("shellcheck")
    assert program, "shellcheck is not on PATH; it comes with the extra 'test'"
    found = subprocess.run(
        [program, "-x", f"scripts/{name}"],
        cwd=SCRIPTS.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout


@pytest.fixture
def jobset():
    return yaml.safe_load((SCRIPTS / "launch_k8s.yaml").read_text())


def test_jobset__starts_as_many_pods_as_it_tells_them(jobset):
    spec = jobset["spec"]
    (replicated,) = spec["replicatedJobs"]
    job = replicated["template"]["spec"]
    (container,) = job["template"]["spec"]["containers"]
    (script,) = container["args"]
    given = dict(re.findall(r"--(\w+)=(\S+)", script))
    assert job["completionMode"] == "Indexed"
    assert job["completions"] == job["parallelism"] == int(given["num_processes"])
    assert given["process_id"] == '"$JOB_COMPLETION_INDEX"'
    host, port = given["coordinator"].split(":")
    first = f"{jobset['metadata']['name']}-{replicated['name']}-0-0"
    assert host == f"{first}.{spec['network']['subdomain']}"
    assert [{"containerPort": int(port)}] == container["ports"]


def test_jobset__has_flags_that_there_are(jobset):
    job = jobset["spec"]["replicatedJobs"][0]["template"]["spec"]
    script = job["template"]["spec"]["containers"][0]["args"][0]
    words = script.replace('"$JOB_COMPLETION_INDEX"', "1").split()
    running = flags.parse(
        ["benchmark", *(word for word in words if word.startswith("--"))]
    ).configuration.running
    assert (running.num_processes, running.process_id) == (2, 1)

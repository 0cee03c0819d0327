"""What `import gxjax` promises."""

import subprocess
import sys

import pytest

import gxjax

ROOMS = (
    "genotypes",
    "linkage",
    "cohort",
    "association",
    "truth",
    "comparator",
    "ensemble",
    "attribution",
    "faithfulness",
    "benchmark",
    "report",
)


@pytest.mark.parametrize("name", gxjax.__all__)
def test_public_name__exists_and_is_documented(name):
    found = getattr(gxjax, name)
    assert isinstance(found, dict) or found.__doc__


@pytest.mark.parametrize("room", ROOMS)
def test_room__exports_only_what_exists(room):
    package = getattr(gxjax, room)
    assert len(set(package.__all__)) == len(package.__all__)
    for name in package.__all__:
        assert hasattr(package, name)


def test_getattr__raises_on_an_unknown_name():
    with pytest.raises(AttributeError, match="no attribute 'saliencey'"):
        _ = gxjax.saliencey


def test_import__loads_no_room():
    """`import gxjax` stays cheap: plotting and training libraries come when used."""
    code = (
        "import sys, gxjax; "
        "print({'matplotlib', 'flax', 'orbax', 'pandas', 'torch'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"

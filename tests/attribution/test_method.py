import pytest

from gxjax.attribution import METHODS, register


def _mine(f, x, *, baseline, key):
    return x


@pytest.fixture(autouse=True)
def _restored():
    before = dict(METHODS)
    yield
    METHODS.clear()
    METHODS.update(before)


def test_register__returns_the_function_unchanged():
    assert register("mine", complete=True)(_mine) is _mine
    assert METHODS["mine"].complete
    assert METHODS["mine"].function is _mine


@pytest.mark.parametrize("decorate", [register, register()])
def test_register__takes_the_functions_name(decorate):
    assert decorate(_mine) is _mine
    assert METHODS["_mine"].times_input


def test_register__raises_on_a_taken_name():
    with pytest.raises(ValueError, match="'saliency' exists already"):
        register("saliency")(_mine)
    assert METHODS["saliency"].function is not _mine


def test_methods__know_what_they_claim():
    claims = {name: (m.complete, m.times_input) for name, m in METHODS.items()}
    assert claims == {
        "saliency": (False, False),
        "integrated_gradients": (True, True),
        "gradient_shap": (False, True),
        "deeplift": (True, True),
        "input_x_gradient": (False, True),
        "reveal_cancel": (True, True),
    }

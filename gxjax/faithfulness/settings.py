"""How attributions are made and asked, when faithfulness is measured."""

from __future__ import annotations

from dataclasses import dataclass

from gxjax.faithfulness.curves import FRACTIONS, checked_fractions

__all__ = ["Settings"]


@dataclass(frozen=True)
class Settings:
    """How attributions are made and asked.

    Attributes:
      multiply_by_inputs: times x - x' where a method has both.
      draws: draws of SmoothGrad.
      sigma: its standard deviation, in dosages.
      fractions: of variants, where curves are taken; ascending from 0 to 1.
      subsets: random sets of variants per person, for infidelity; at least 2.
      share: chance of a variant to be in a set, in (0, 1].
      perturbed: perturbed genotypes per person, for max-sensitivity; at least 1.
      sensitivity_people: how many people, the first, are perturbed; at least 1.
      changed: share of their calls that are one copy off, in [0, 1].

    Raises:
      ValueError: a field is out of range.
    """

    multiply_by_inputs: bool = True
    draws: int = 5
    sigma: float = 1.0
    fractions: tuple[float, ...] = FRACTIONS
    subsets: int = 50
    share: float = 0.1
    perturbed: int = 10
    changed: float = 0.02
    sensitivity_people: int = 8

    def __post_init__(self) -> None:
        checked_fractions(self.fractions)
        rules = {
            "draws": (self.draws >= 1, "1 or more"),
            "sigma": (self.sigma >= 0, "0 or more"),
            "subsets": (self.subsets >= 2, "2 or more"),
            "share": (0 < self.share <= 1, "0 < share <= 1"),
            "perturbed": (self.perturbed >= 1, "1 or more"),
            "sensitivity_people": (self.sensitivity_people >= 1, "1 or more"),
            "changed": (0 <= self.changed <= 1, "0 <= changed <= 1"),
        }
        for name, (holds, expected) in rules.items():
            if not holds:
                raise ValueError(
                    f"{name}: found {getattr(self, name)}; expected {expected}"
                )

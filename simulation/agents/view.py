"""People of the compiled engine as Mesa agents: thin views on rows, made when somebody asks for them."""

from typing import Any, cast

import mesa

from simulation.agents.person import AnyModel
from simulation.generators import ROLES, SPECIALTIES


class PersonView(mesa.Agent[AnyModel]):
    """One person of the engine `kernels`; attributes are those of `Person`, read where they lie.

    They can be read, not set: what is to change people is an intervention, or a subclass of `Person`.
    """

    def __init__(self, model: AnyModel, row: int) -> None:
        super().__init__(model)
        self.row = row

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - columns have several types
        """The value of a column of state for this person."""
        if name.startswith("_") or name in {"model", "row"}:
            raise AttributeError(name)
        try:
            return cast(Any, self.model).engine.cell(name, self.row)
        except (KeyError, ValueError):
            raise AttributeError(f"a person has no attribute {name!r}") from None

    def __repr__(self) -> str:
        """Who this is, in words."""
        return f"<person {self.row}: {ROLES[self.role]}, {SPECIALTIES[self.specialty]}>"

"""The engine `agents`: people as Mesa agents, in plain Python meant to be read, subclassed and taught from."""

from simulation.agents.engine import AgentsEngine
from simulation.agents.person import Person
from simulation.agents.view import PersonView

__all__ = ["AgentsEngine", "Person", "PersonView"]

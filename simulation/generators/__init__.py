"""Network generators, one file each; importing this package registers them all."""

from simulation.generators.base import NETWORKS, ROLES, SPECIALTIES, Classes, Network, number_of_communities
from simulation.generators.block import Block
from simulation.generators.complete import Complete
from simulation.generators.configuration import Configuration, Degrees
from simulation.generators.dataset import KnownDataset
from simulation.generators.file import File
from simulation.generators.growth import Growth
from simulation.generators.popularity import Popularity
from simulation.generators.rewiring import rewired, rewired_within_communities
from simulation.generators.ring import Ring
from simulation.generators.star import Star

__all__ = [
    "NETWORKS",
    "ROLES",
    "SPECIALTIES",
    "Block",
    "Classes",
    "Complete",
    "Configuration",
    "Degrees",
    "File",
    "Growth",
    "KnownDataset",
    "Network",
    "Popularity",
    "Ring",
    "Star",
    "number_of_communities",
    "rewired",
    "rewired_within_communities",
]

"""The engine `kernels`: the step of `schedule.py` as compiled loops over arrays, one file per stage."""

from simulation.kernels.engine import KernelsEngine

__all__ = ["KernelsEngine"]

"""Which values make the model meet what is known? Targets in; calibrated parameters, their fit and a sample out."""

from experiments.calibration.calibrated import Calibrated
from experiments.calibration.calibrating import calibrate
from experiments.calibration.targets import CalibrationTarget, Fact, Free, Joint, Sample, Targets, read_targets

__all__ = ["Calibrated", "CalibrationTarget", "Fact", "Free", "Joint", "Sample", "Targets", "calibrate", "read_targets"]

"""Annual improvement plans for 15-minute living circles.

One package a stage: `inputs`, `coverage`, `model`, `solve`, `plan`, `report`; each has one verb.
"""

__version__ = "0.1.0"

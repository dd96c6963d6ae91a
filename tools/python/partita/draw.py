"""Pictures of results, by matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

import numpy as np

from . import _core

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's colours, which colour-blind readers tell apart.
COLOURS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#999999"]
MOVING = "#555555"


def timeline(result: _core.Result, axes: Optional[Axes] = None, *, label: bool = True) -> Any:
    """When each unit was busy: computing in colour by request, moving data in grey.

    A bar per task, a row per unit; with label=True the names of operators that are long enough to
    bear them. Returns the axes.
    """
    from matplotlib import pyplot

    if axes is None:
        axes = pyplot.subplots(figsize=(10, 2.4), layout="constrained")[1]
    tasks = result.timeline
    tasks = tasks[tasks["end_s"] > tasks["start_s"]]
    units = list(dict.fromkeys(tasks["unit"]))
    for task in tasks:
        computes = task["kind"] == "compute"
        width = 1e3 * (task["end_s"] - task["start_s"])
        start = 1e3 * task["start_s"]
        row = units.index(task["unit"])
        axes.barh(
            row,
            width,
            left=start,
            height=0.8 if computes else 0.4,
            color=COLOURS[task["request"] % len(COLOURS)] if computes else MOVING,
            edgecolor="white",
            linewidth=0.5,
        )
        if label and computes and width > 0.06e3 * result.latency_s:
            name = str(task["operator"])
            axes.text(
                start + width / 2, row, name, ha="center", va="center", color="white", fontsize=8,
                clip_on=True,
            )
    axes.set_yticks(np.arange(len(units)), units)
    axes.invert_yaxis()
    axes.set_xlim(0, 1e3 * result.latency_s)
    axes.set_xlabel("ms")
    return axes

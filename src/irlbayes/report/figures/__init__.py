"""Figures: one file each, drawn once for Matplotlib and plotly; they draw and word, and compute nothing.

Each exports

- ``OF``: the answer (a check's, a question's or a look's) that it is of, and the number in it that it needs;
- ``TITLE``: a short plain title;
- ``NEEDS``, where an answer may be too little for it: what it takes to be drawn;
- ``draw(evidence, outcome, backend="matplotlib", width=NARROW)``: the figure, of Matplotlib or of plotly;
- ``frame(evidence, outcome)``: what is drawn, as a pandas frame on the scale of pooling, units in ``attrs["units"]``;
- ``describe(evidence, outcome)``: alternative text, with the numbers that a seeing reader takes away.

`report.sheet` and `report.canvas` are what they draw on, `report.render` makes files of them.
"""

from irlbayes.report.canvas import BACKENDS, Backend
from irlbayes.report.lettering import NARROW, WIDE
from irlbayes.report.render import html, plotly_json, png, svg

__all__ = ["BACKENDS", "NARROW", "WIDE", "Backend", "html", "plotly_json", "png", "svg"]

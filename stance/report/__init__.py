"""From a ``ScoreReport`` to what people read: one HTML page, one terminal table, a few summary lines.

Nothing is judged, counted twice or written to disk here; jinja2 and rich are imported when first used.
"""

from __future__ import annotations

from stance.report.page import render_page
from stance.report.terminal import judgement_table, summary_lines

__all__ = ["judgement_table", "render_page", "summary_lines"]

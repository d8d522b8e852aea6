"""An article set goes in; its statements and judgements come out, as values and as files in a folder."""

from stance.scoring.copying import copy_run
from stance.scoring.folder import load_run, make_folder, save_run
from stance.scoring.ray_engine import RayEngine
from stance.scoring.run import ScoreSettings, score_articles
from stance.scoring.store import RunStore

__all__ = [
    "RayEngine",
    "RunStore",
    "ScoreSettings",
    "copy_run",
    "load_run",
    "make_folder",
    "save_run",
    "score_articles",
]

"""What earlier runs took: one SQLite file, whose loss costs speed and never correctness."""

from greenroom.history.folder import make_folder
from greenroom.history.recorder import HistoryRecorder
from greenroom.history.store import History, open_history

__all__ = ["History", "HistoryRecorder", "make_folder", "open_history"]

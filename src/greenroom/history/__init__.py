"""What earlier runs took and came to: one SQLite file, whose loss costs speed and never correctness."""

from greenroom.history.folder import make_folder
from greenroom.history.recent import RunRow
from greenroom.history.recorder import HistoryRecorder, run_row
from greenroom.history.store import History, open_history

__all__ = ["History", "HistoryRecorder", "RunRow", "make_folder", "open_history", "run_row"]

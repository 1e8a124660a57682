"""What earlier runs say: the list of runs, which of them are the baseline, what may be put back."""

from dq.baselines.rows import History, HistoryRow, history
from dq.baselines.validated import last_good_other, last_validated

__all__ = ["History", "HistoryRow", "history", "last_good_other", "last_validated"]

"""Which failed tests are tried again, and which count for nothing: policy alone, data in and data out."""

from greenroom.retry.budget import budget_of
from greenroom.retry.ledger import Ledger, Verdict
from greenroom.retry.patterns import matching
from greenroom.retry.policy import LONGEST_DELAY, TestPolicy, delay_before

__all__ = ["LONGEST_DELAY", "Ledger", "TestPolicy", "Verdict", "budget_of", "delay_before", "matching"]

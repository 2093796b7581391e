"""What happened at the door, for the audit log and metrics."""

from django.dispatch import Signal

login_failed = Signal()  # request, username

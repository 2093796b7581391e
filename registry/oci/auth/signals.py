"""What happened at the door, for the audit log and metrics."""

from django.dispatch import Signal

login_failed = Signal()  # request, username
robot_changed = Signal()  # request, robot, what ("create", "renew", "revoke", "delete"): by its owner, on the web page

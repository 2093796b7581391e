import hashlib
import secrets

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone

from oci import patterns


class Permission(models.Model):
    """Somebody may do something in the repositories whose names match. What no row allows is not allowed."""

    class Audience(models.TextChoices):
        EVERYBODY = "everybody", "everybody, without an account too"
        SIGNED_IN = "signed-in", "everybody with an account"
        GROUP = "group", "a group"

    pattern = models.CharField(
        max_length=patterns.MAX_LENGTH,
        validators=[patterns.validate],
        help_text="Of repositories: * stands for one part of a name, ** for several. Example: team/**",
    )
    audience = models.CharField(max_length=10, choices=Audience.choices, default=Audience.GROUP)
    group = models.ForeignKey(
        Group, on_delete=models.CASCADE, null=True, blank=True, related_name="registry_permissions"
    )
    pull = models.BooleanField(default=True)
    push = models.BooleanField(default=False)
    delete_content = models.BooleanField("delete", default=False)

    class Meta:
        ordering = ["pattern", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(audience="group", group__isnull=False)
                | (~models.Q(audience="group") & models.Q(group__isnull=True)),
                name="oci_auth_group",
                violation_error_message="Name a group for the audience “a group”, and none for the others.",
            ),
            models.CheckConstraint(
                # A mistyped audience must not let the whole world write.
                condition=~models.Q(audience="everybody") | models.Q(push=False, delete_content=False),
                name="oci_auth_everybody_reads",
                violation_error_message="Who has no account can pull, and neither push nor delete.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group or self.get_audience_display()}: {', '.join(sorted(self.actions))} in {self.pattern}"

    @property
    def actions(self) -> frozenset[str]:
        """The actions of a token's scope that this allows."""
        given = {"pull": self.pull, "push": self.push, "delete": self.delete_content}
        return frozenset(action for action, allowed in given.items() if allowed)


class Robot(models.Model):
    """An account of a program. It logs in as `robot$NAME`, with a secret that is shown once and kept as a hash."""

    PREFIX = "robot$"

    name = models.CharField(
        max_length=100,
        unique=True,
        validators=[RegexValidator(r"\A[a-z0-9][a-z0-9._-]*\Z", "Lower-case letters, digits, and . _ -")],
    )
    description = models.CharField(max_length=200, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="registry_robots"
    )
    groups = models.ManyToManyField(
        Group, blank=True, related_name="registry_robots", help_text="It may what they may."
    )
    # What its owner has lent it, and never more than the owner may at that moment (see permissions.py).
    repositories = models.CharField(
        max_length=500,
        blank=True,
        validators=[patterns.validate_several],
        help_text="Where it may do what its owner may: patterns, separated by spaces. Example: alice/** team/app",
    )
    push = models.BooleanField(default=False, help_text="In these repositories. It may always pull there.")
    delete_content = models.BooleanField("delete", default=False, help_text="In these repositories.")
    # SHA-256 is right for a secret of 256 random bits, and wrong for passwords.
    secret_hash = models.CharField(max_length=64, editable=False, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty: never.")
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    used_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.username

    @property
    def username(self) -> str:
        """What it logs in as. No user has such a name: Django's usernames have no dollar sign."""
        return f"{self.PREFIX}{self.name}"

    @property
    def is_valid(self) -> bool:
        """Whether it may log in at this moment."""
        in_time = self.expires_at is None or self.expires_at > timezone.now()
        owned = self.owner is None or self.owner.is_active
        return bool(self.secret_hash) and self.revoked_at is None and in_time and owned

    @property
    def lent(self) -> frozenset[str]:
        """The actions that it may do in its own repositories, as far as its owner may."""
        given = {"pull": True, "push": self.push, "delete": self.delete_content}
        return frozenset(action for action, allowed in given.items() if allowed)

    def new_secret(self) -> str:
        """Replace its secret. The caller saves the robot, and shows the secret to whom it is for."""
        secret = f"rbt_{secrets.token_urlsafe(32)}"
        self.secret_hash = self.hashed(secret)
        self.revoked_at = None
        return secret

    def revoke(self) -> None:
        """From now on it can do nothing."""
        self.secret_hash = ""
        self.revoked_at = timezone.now()
        self.save(update_fields=["secret_hash", "revoked_at"])

    @staticmethod
    def hashed(secret: str) -> str:
        """What is kept of a secret."""
        return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


class SigningKey(models.Model):
    """One key that tokens are signed with: the newest signs, all verify.

    The key itself is made of this row and Django's SECRET_KEY, so a copy of the database alone forges nothing.
    """

    kid = models.CharField(max_length=32, unique=True)
    salt = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.kid

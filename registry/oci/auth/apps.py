from django.apps import AppConfig


class AuthConfig(AppConfig):
    name = "oci.auth"
    label = "oci_auth"
    verbose_name = "Registry: access"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from oci.auth import accounts  # noqa: F401 - its signal receivers

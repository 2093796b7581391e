from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "oci.audit"
    label = "oci_audit"
    verbose_name = "Registry: audit log"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from oci.audit import recording  # noqa: F401 - its signal receivers

from django.apps import AppConfig


class OciConfig(AppConfig):
    name = "oci"
    verbose_name = "OCI registry"
    default_auto_field = "django.db.models.BigAutoField"

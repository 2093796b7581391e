from django.apps import AppConfig


class LimitsConfig(AppConfig):
    name = "oci.limits"
    label = "oci_limits"
    verbose_name = "Registry: limits"
    default_auto_field = "django.db.models.BigAutoField"

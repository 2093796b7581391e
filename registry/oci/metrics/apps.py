from django.apps import AppConfig


class MetricsConfig(AppConfig):
    name = "oci.metrics"
    label = "oci_metrics"
    verbose_name = "Registry: metrics"

    def ready(self) -> None:
        from oci.metrics import observing  # noqa: F401 - its signal receivers

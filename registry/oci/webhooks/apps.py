from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "oci.webhooks"
    label = "oci_webhooks"
    verbose_name = "Registry: webhooks"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from oci.webhooks import outbox  # noqa: F401 - its signal receivers

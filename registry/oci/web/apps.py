from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "oci.web"
    label = "oci_web"
    verbose_name = "Registry: web page"

    def ready(self) -> None:
        from django.contrib import admin

        from oci.web.forms import AdminLoginForm

        admin.site.login_form = AdminLoginForm

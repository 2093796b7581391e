from django.urls import path

from oci.auth.views import token

app_name = "oci_auth"
urlpatterns = [path("auth/token", token, name="token")]

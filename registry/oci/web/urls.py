from django.contrib.auth.views import LogoutView
from django.urls import path, re_path

from oci.web import robots, views

app_name = "oci_web"
urlpatterns = [
    path("", views.home, name="home"),
    path("login/", views.Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(next_page="oci_web:home"), name="logout"),
    path("theme/", views.theme, name="theme"),
    path("robots/", robots.own, name="robots"),
    path("robots/<str:name>/<str:what>/", robots.change, name="robot"),
    # "-" alone is part of no repository's name, so what follows it is never mistaken for one.
    re_path(r"^repositories/(?P<name>[^\n]+)/-/(?P<reference>[^/\n]+)\Z", views.manifest, name="manifest"),
    re_path(r"^repositories/(?P<name>[^\n]+?)/?\Z", views.repository, name="repository"),
]

from typing import Any

from django.contrib.auth.views import LoginView
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from oci import grammar
from oci.models import Manifest
from oci.web import browsing
from oci.web.describing import describe
from oci.web.forms import LoginForm
from oci.web.page import THEME_COOKIE, THEMES, page, protected, repository_of, show, theme_of, visible_names

_PAGE = 25
_YEAR = 365 * 24 * 3600


@page
def home(request: HttpRequest) -> HttpResponse:
    """Repositories, and the search for them."""
    search = request.GET.get("q", "").strip()[:200].replace("\0", "")
    found = _page(request, visible_names(request, search))
    rows = browsing.repository_rows(found.object_list)
    return show(request, "oci/home.html", {"page": found, "rows": rows, "search": search})


@page
def repository(request: HttpRequest, name: str) -> HttpResponse:
    """Tags of a repository, or its manifests without a tag."""
    row = repository_of(request, name)
    search = request.GET.get("q", "").strip()[:200].replace("\0", "")
    untagged = request.GET.get("show") == "untagged"
    if untagged:
        found = _page(request, browsing.untagged_of(row))
        rows = browsing.manifest_rows(found.object_list)
    else:
        found = _page(request, browsing.tags_of(row, search))
        rows = browsing.tag_rows(found.object_list)
    context = {
        "repository": row,
        "summary": browsing.repository_rows([row.name])[0],
        "page": found,
        "rows": rows,
        "search": search,
        "untagged": untagged,
        "untagged_count": browsing.untagged_of(row).count(),
    }
    return show(request, "oci/repository.html", context)


@page
def manifest(request: HttpRequest, name: str, reference: str) -> HttpResponse:
    """A manifest, by a tag or by its digest."""
    row = _manifest(request, name, reference)
    config = browsing.config_of(row)
    context = {
        "repository": row.repository,
        "reference": reference,
        "separator": "@" if ":" in reference else ":",
        "manifest": row,
        "config": config,
        "about": describe(row, config),
        "size": browsing.image_sizes([row])[row.pk],
        "tags": row.tags.order_by("name").values_list("name", flat=True)[:100],
        "referrers": browsing.referrers(row),
        "parts": browsing.parts_of(row),
    }
    return show(request, "oci/manifest.html", context)


@csrf_exempt  # the worst that another site can do with it is to darken a page
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember a theme, and go back to where the switch was pressed."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        back = reverse("oci_web:home")
    response = HttpResponseRedirect(back)
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        response.set_cookie(
            THEME_COOKIE, chosen, max_age=_YEAR, httponly=True, samesite="Lax", secure=request.is_secure()
        )
    return protected(response)


class Login(LoginView):
    template_name = "oci/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        return reverse("oci_web:home")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {"theme": theme_of(self.request), **super().get_context_data(**kwargs)}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().dispatch(request, *args, **kwargs)
        return protected(response)  # type: ignore[arg-type]


def _manifest(request: HttpRequest, name: str, reference: str) -> Manifest:
    repository = repository_of(request, name)
    found = Manifest.objects.filter(repository=repository).select_related("repository")
    if grammar.parse_digest(reference):
        row = found.filter(digest=reference).first()
    else:
        row = found.filter(tags__name=reference).first() if grammar.is_tag(reference) else None
    if row is None:
        raise Http404
    return row


def _page(request: HttpRequest, rows: Any) -> Page[Any]:
    return Paginator(rows, _PAGE).get_page(request.GET.get("page"))

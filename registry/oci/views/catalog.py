"""`GET /v2/_catalog`: not in the spec, and what many clients list repositories with. It has those that may be pulled."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse

from oci import grammar
from oci.access import Action, may
from oci.conf import conf
from oci.errors import RegistryError
from oci.http.responses import json_response
from oci.models import Repository
from oci.views.base import endpoint
from oci.views.listings import number


def _catalog(request: HttpRequest) -> HttpResponse:
    wanted = number(request.GET.get("n"))
    size = conf().page if wanted is None else min(wanted, conf().page)
    last = request.GET.get("last", "")
    if last and not grammar.is_name(last):
        raise RegistryError("last is not a name")
    page: list[str] = []
    # One more than asked for tells whether there is a next page.
    rows = Repository.objects.filter(name__gt=last).order_by("name").values_list("name", flat=True)
    for name in rows.iterator() if size else ():
        if may(request, name, Action.PULL):
            page.append(name)
        if len(page) > size:
            break
    response = json_response({"repositories": page[:size]})
    if len(page) > size:
        query = urlencode({"n": size, "last": page[size - 1]})
        response.headers["Link"] = f'</v2/_catalog?{query}>; rel="next"'
    return response


catalog = endpoint(GET=(_catalog, Action.CATALOG))

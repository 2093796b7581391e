r"""The API's paths.

A name has slashes and may contain any of the words that end a path, so it is matched greedily, up to the rightmost one.
`[^\n]` and `\Z`: what a path may not have never reaches a view under a wrong name. Names are checked by their grammar
there.
"""

from django.urls import re_path

from oci.views import blobs, catalog, listings, manifests, root, uploads

_NAME = r"^v2/(?P<name>[^\n]+)"

urlpatterns = [
    re_path(r"^v2/?\Z", root.base),
    re_path(r"^v2/_catalog\Z", catalog.catalog),
    re_path(_NAME + r"/manifests/(?P<reference>[^/\n]+)\Z", manifests.manifest),
    re_path(_NAME + r"/blobs/uploads/?\Z", uploads.uploads),
    re_path(_NAME + r"/blobs/uploads/(?P<upload>[^/\n]+)\Z", uploads.upload),
    re_path(_NAME + r"/blobs/(?P<digest>[^/\n]+)\Z", blobs.blob),
    re_path(_NAME + r"/tags/list\Z", listings.tags),
    re_path(_NAME + r"/referrers/(?P<digest>[^/\n]+)\Z", listings.referrers),
    re_path(r"^v2/(?P<rest>[\s\S]*)\Z", root.nothing),
]

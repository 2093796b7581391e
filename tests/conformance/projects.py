"""A project whose server counts, and a suite in plain Python that looks at it and writes JUnit XML."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project

URLS = """\
    from django.http import JsonResponse
    from django.urls import path
    from shop.models import Item


    def items(request):
        if request.method == "POST":
            Item.objects.create(name="posted")
        return JsonResponse({"items": Item.objects.count()})


    def boom(request):
        raise ValueError("the view broke")


    urlpatterns = [path("items/", items), path("boom/", boom)]
    """

SUITE = """\
    # suite.py URL JUNIT [HOW]: two facts about the server, one that is none, and one that is left out.
    import json, os, sys, time, urllib.error, urllib.request
    import xml.etree.ElementTree as ET

    url, junit, how = sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else ""

    def items(method):
        with urllib.request.urlopen(urllib.request.Request(url + "/items/", method=method)) as answer:
            return json.load(answer)["items"]

    root = ET.Element("testsuites")
    suite = ET.SubElement(root, "testsuite", name="items")

    def case(name, **problem):
        element = ET.SubElement(suite, "testcase", classname="items", name=name, time="0.125")
        for kind, text in problem.items():
            ET.SubElement(element, kind, message=text)

    print("looking at", url, flush=True)
    if how == "hang":
        open("hanging", "w").write(str(os.getpid()))
        time.sleep(60)
    before = items("GET")
    case("starts with what setUp made" if before else "starts empty")
    case("counts" if items("POST") == before + 1 else "does not count")
    case("left out", skipped="not this time")
    if not how:
        try:
            urllib.request.urlopen(url + "/boom/")
        except urllib.error.HTTPError as error:
            case("answers", failure=f"status {error.code}")
    open(os.path.join(os.path.dirname(junit), "notes.txt"), "w").write(os.environ["GREENROOM_LIVE_SERVER_URL"])
    if how == "silent":
        sys.exit(0)
    if how == "empty":
        root = ET.Element("testsuites")
    data = ET.tostring(root)
    open(junit, "wb").write(data[:50] if how == "cut" else data)
    sys.exit(5 if how == "bad end" else 0)
    """

TESTS = f"""\
    from greenroom.conformance import ExternalSuiteTestCase
    from shop.models import Item


    class Items(ExternalSuiteTestCase):
        command = [{sys.executable!r}, "suite.py", "{{url}}", "{{junit}}"]

        def setUp(self):
            Item.objects.create(name="there before")


    class After(ExternalSuiteTestCase):
        command = [{sys.executable!r}, "suite.py", "{{url}}", "{{junit}}", "good"]
        report_dir = "kept"
    """


def write_items_project(make_project: Callable[..., Project]) -> Project:
    """Make the project."""
    files = {
        "shop/urls.py": URLS,
        "suite.py": SUITE,
        "shop/tests/__init__.py": "",
        "shop/tests/test_items.py": TESTS,
    }
    return make_project(files=files)

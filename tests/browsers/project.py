"""A project with pages, and tests that drive browsers over them."""

from __future__ import annotations

URLS = """\
    from django.http import HttpResponse
    from django.urls import path
    from shop.models import Item

    def page(request):
        names = ", ".join(Item.objects.order_by("pk").values_list("name", flat=True))
        response = HttpResponse(
            "<title>Shop</title><h1>Items</h1><p id=names>" + names + "</p><p id=language>"
            + request.headers.get("Accept-Language", "") + "</p>"
            + "<form method=post action=/add/><input name=name><button>Add</button></form>"
            + "<a href=/file/ download>file</a>"
            + "<script>console.log('the page speaks'); localStorage.seen = (localStorage.seen || '') + 'x';"
            + "sessionStorage.seen = (sessionStorage.seen || '') + 'x'</script>"
        )
        response.set_cookie("visited", "yes", httponly=True)
        return response

    def add(request):
        Item.objects.create(name=request.POST["name"])
        return page(request)

    def file(request):
        return HttpResponse("content", headers={"Content-Disposition": "attachment; filename=list.txt"})

    def boom(request):
        raise ValueError("the view broke")

    from django.views.decorators.csrf import csrf_exempt
    urlpatterns = [path("", page), path("add/", csrf_exempt(add)), path("file/", file), path("boom/", boom)]
    """

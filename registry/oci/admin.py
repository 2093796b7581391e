from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from oci.models import Blob, Manifest, Repository, Tag


class _ReadOnly(admin.ModelAdmin):
    """To look at. Content changes by way of the API, which keeps files and rows together."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Repository)
class RepositoryAdmin(_ReadOnly):
    """Deleting one deletes its tags and manifests, and its blobs where no other repository holds them, at the next
    garbage collection.
    """

    list_display = ["name", "tag_count", "created_at"]
    search_fields = ["name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(tag_count=Count("tags"))

    @admin.display(description="tags", ordering="tag_count")
    def tag_count(self, repository: Any) -> int:
        count: int = repository.tag_count
        return count

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        # What goes along cannot be deleted by itself, and need not be here.
        shown, counts, _, protected = super().get_deleted_objects(objs, request)
        return shown, counts, set(), protected


@admin.register(Manifest)
class ManifestAdmin(_ReadOnly):
    list_display = ["digest", "repository", "media_type", "artifact_type", "size", "pushed_at"]
    list_filter = ["media_type"]
    search_fields = ["digest", "repository__name", "artifact_type"]
    list_select_related = ["repository"]
    exclude = ["payload"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).defer("payload")


@admin.register(Tag)
class TagAdmin(_ReadOnly):
    list_display = ["name", "repository", "manifest", "updated_at"]
    search_fields = ["name", "repository__name"]
    list_select_related = ["repository", "manifest__repository"]


@admin.register(Blob)
class BlobAdmin(_ReadOnly):
    list_display = ["digest", "size", "created_at"]
    search_fields = ["digest"]

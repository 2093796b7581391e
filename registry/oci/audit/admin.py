from django.contrib import admin
from django.http import HttpRequest

from oci.audit.models import Entry


@admin.register(Entry)
class EntryAdmin(admin.ModelAdmin):
    """To read and to search, never to change."""

    list_display = ["time", "event", "account", "repository", "tags", "short_digest", "address"]
    list_filter = ["event", "time"]
    search_fields = ["account", "repository", "digest", "tags", "address"]
    date_hierarchy = "time"
    show_full_result_count = False

    @admin.display(description="digest")
    def short_digest(self, entry: Entry) -> str:
        return entry.digest[:19]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Entry | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Entry | None = None) -> bool:
        return False

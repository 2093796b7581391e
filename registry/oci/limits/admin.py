from django.contrib import admin

from oci.limits.models import ImmutableTag, Quota, ReadOnly, RetentionRule


@admin.register(Quota)
class QuotaAdmin(admin.ModelAdmin):
    list_display = ["pattern", "bytes", "shared"]
    search_fields = ["pattern"]


@admin.register(ImmutableTag)
class ImmutableTagAdmin(admin.ModelAdmin):
    list_display = ["pattern", "tags"]
    search_fields = ["pattern", "tags"]


@admin.register(RetentionRule)
class RetentionRuleAdmin(admin.ModelAdmin):
    list_display = ["pattern", "order", "keep_newest", "keep_tags", "keep_days", "untagged_days", "active"]
    list_editable = ["order", "active"]
    search_fields = ["pattern"]


@admin.register(ReadOnly)
class ReadOnlyAdmin(admin.ModelAdmin):
    list_display = ["__str__", "since"]

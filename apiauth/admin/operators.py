"""Operators: made by superusers; superusers themselves only by the command line."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest

from apiauth.admin.generic import UserAdmin

admin.site.unregister(User)
admin.site.unregister(Group)


class ForSuperusers:
    """Whoever hands out rights could hand them to themselves: superusers alone."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return _is_superuser(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        # Who acted stays known: leave `is_active` off instead.
        return False


@admin.register(User)
class OperatorAdmin(ForSuperusers, UserAdmin[User]):
    list_display = ("username", "is_staff", "is_superuser", "is_active", "last_login")
    readonly_fields = ("is_superuser", "last_login", "date_joined")


@admin.register(Group)
class RoleAdmin(ForSuperusers, GroupAdmin):
    pass


def _is_superuser(request: HttpRequest) -> bool:
    # Any: the user model's stub and AnonymousUser differ in what they declare.
    user: Any = request.user
    return bool(user.is_active and user.is_superuser)

"""Django's own classes, generic at run time as their stubs say they are."""

from typing import TYPE_CHECKING

from django import forms
from django.contrib import admin
from django.contrib.auth import admin as auth_admin
from django.core import paginator

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin
    ModelMultipleChoiceField = forms.ModelMultipleChoiceField
    Paginator = paginator.Paginator
    UserAdmin = auth_admin.UserAdmin
else:

    class _Generic:
        def __class_getitem__(cls, _item):  # noqa: ANN001, ANN204 - see the stubs
            return cls

    class ModelAdmin(_Generic, admin.ModelAdmin):
        pass

    class ModelMultipleChoiceField(_Generic, forms.ModelMultipleChoiceField):
        pass

    class Paginator(_Generic, paginator.Paginator):
        pass

    class UserAdmin(_Generic, auth_admin.UserAdmin):
        pass

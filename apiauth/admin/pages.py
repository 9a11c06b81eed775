"""Pages in the admin's frame, around forms that are no model forms."""

from http import HTTPStatus

from django import forms
from django.contrib.admin import helpers
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from apiauth.admin.generic import ModelAdmin
from apiauth.errors import ApiAuthError


class Pages[M: models.Model](ModelAdmin[M]):
    """What leads to pages of one model, and what they are made of."""

    def url_name(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"

    def url(self, page: str, *args: object) -> str:
        return reverse(f"admin:{self.url_name(page)}", args=args)

    def form_page(
        self,
        request: HttpRequest,
        form: forms.Form,
        *,
        title: str,
        submit: str,
        **more: object,
    ) -> HttpResponse:
        """A page around a form that is no model form."""
        return self.page(
            request,
            "admin/desk/form.html",
            title=title,
            submit=submit,
            form=form,
            adminform=self.framed(form),
            media=self.media + form.media,
            **more,
        )

    def framed(self, form: forms.Form) -> helpers.AdminForm:
        """A form as the admin draws it, in sections if it has any."""
        shown = [field.name for field in form.visible_fields()]
        sections = getattr(form, "sections", [(None, {"fields": shown})])
        # The stubs want a model form; only its fields are looked at.
        return helpers.AdminForm(form, sections, {}, model_admin=self)  # type: ignore[arg-type]

    def page(
        self, request: HttpRequest, template: str, **shown: object
    ) -> HttpResponse:
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            **shown,
        }
        form = shown.get("form")
        is_refused = isinstance(form, forms.BaseForm) and bool(form.errors)
        status = HTTPStatus.UNPROCESSABLE_ENTITY if is_refused else HTTPStatus.OK
        return TemplateResponse(request, template, context, status=status)


def fail(form: forms.Form, refusal: ApiAuthError) -> None:
    """Show a refusal where it belongs: at its field, or above the form."""
    field = refusal.field if refusal.field in form.fields else None
    form.add_error(field, refusal.message)

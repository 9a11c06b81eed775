"""Reads what a person would use of an HTML page: forms, fields, metas, elements."""

from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser

type Attributes = dict[str, str]


@dataclass(slots=True)
class Form:
    """One form with the values a browser would send if nobody touched it."""

    attributes: Attributes
    fields: list[tuple[str, str]] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)

    @property
    def target(self) -> str:
        """Where it goes when htmx sends it, else where the browser does."""
        return self.attributes.get("hx-post") or self.attributes.get("action", "")

    def filled(self, **values: str) -> list[tuple[str, str]]:
        """Return what is sent after a person has typed these values."""
        untouched = [(name, value) for name, value in self.fields if name not in values]
        return [*untouched, *values.items()]

    def first_choice(self, name: str) -> str:
        """Return the first value offered that says something."""
        return next((value for value in self.choices.get(name, []) if value), "")


@dataclass(slots=True)
class Page:
    """A page, read once."""

    forms: list[Form] = field(default_factory=list)
    metas: dict[str, str] = field(default_factory=dict)
    elements: list[tuple[str, Attributes]] = field(default_factory=list)

    @classmethod
    def read(cls, markup: str) -> "Page":
        """Read a page or a fragment of one."""
        reader = _Reader()
        reader.feed(markup)
        reader.close()
        return reader.page

    def element(self, tag: str) -> Attributes:
        """Return the attributes of the first such element; none if there is none."""
        return next((found for name, found in self.elements if name == tag), {})

    def form(self, leads: Callable[[str], bool]) -> Form | None:
        """Return the first form whose target passes."""
        return next((form for form in self.forms if leads(form.target)), None)


class _Reader(HTMLParser):
    """Collects; knows only as much HTML as our own pages use."""

    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._form: Form | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.page.elements.append((tag, found))
        if tag == "meta" and "name" in found:
            self.page.metas[found["name"]] = found.get("content", "")
        elif tag == "form":
            self._form = Form(found)
            self.page.forms.append(self._form)
        elif self._form is not None:
            self._read_control(self._form, tag, found)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None

    def _read_control(self, form: Form, tag: str, found: Attributes) -> None:
        if tag == "select":
            self._select = found.get("name")
        elif tag == "option" and self._select:
            self._offer(form, self._select, found, chosen="selected" in found)
        elif tag == "textarea" and "name" in found:
            form.fields.append((found["name"], ""))
        elif tag == "input" and "name" in found:
            kind = found.get("type", "text")
            if kind in {"radio", "checkbox"}:
                found.setdefault("value", "on")
                self._offer(form, found["name"], found, chosen="checked" in found)
            elif kind not in {"submit", "button", "image", "reset", "file"}:
                form.fields.append((found["name"], found.get("value", "")))

    @staticmethod
    def _offer(form: Form, name: str, found: Attributes, *, chosen: bool) -> None:
        value = found.get("value", "")
        form.choices.setdefault(name, []).append(value)
        if chosen:
            form.fields.append((name, value))

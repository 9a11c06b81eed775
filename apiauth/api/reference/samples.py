"""A request as one would type it, and JSON as one would read it."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from urllib.parse import quote, urlencode

from apiauth.api.document.schemas import Json

# What stands for a credential, by the scheme that carries it.
_SHOWN = {"backendKey": "$BACKEND_KEY"}
_OTHERS = "$SESSION"
_FORM = "application/x-www-form-urlencoded"
_PLAIN_LIST = re.compile(r"\[\n\s+([^\[\]{}]+?)\n\s+\]")
_SHORT = 40  # characters that fit into the column of examples


def pretty(value: object) -> str:
    """Write JSON for people: short lists of plain values stay on one line."""
    return _PLAIN_LIST.sub(
        _on_one_line, json.dumps(value, ensure_ascii=False, indent=2)
    )


def _on_one_line(found: re.Match[str]) -> str:
    joined = f"[{re.sub(r',\n\s+', ', ', found.group(1))}]"
    return joined if len(joined) <= _SHORT else found.group()


def examples_of(content: Json) -> Iterator[tuple[str, object]]:
    """The examples of what is sent, under their names where they have any."""
    for name, one in content.get("examples", {}).items():
        yield name, one["value"]
    if "example" in content:
        yield "", content["example"]


def curl(base: str, method: str, path: str, operation: Json, document: Json) -> str:
    """Write a request for a shell."""
    address = _address(base, path, operation)
    options: list[str] = []
    for name in operation["security"][0] if operation["security"] else ():
        scheme = document["components"]["securitySchemes"][name]
        address, header = _with_credential(address, name, scheme)
        options += header
    body = _body(operation)
    if method != ("post" if body else "get"):
        options.insert(0, f"-X {method.upper()}")
    return " \\\n  ".join([f"curl {_quoted(address)}", *options, *body])


def _address(base: str, path: str, operation: Json) -> str:
    query = {}
    for one in operation["parameters"]:
        if one["in"] == "path" and "example" in one:
            value = quote(str(one["example"]), safe="")
            path = path.replace(f"{{{one['name']}}}", value)
        if one["in"] == "query" and one["required"]:
            query[one["name"]] = one.get("example", "…")
    return f"{base}{path}" + (f"?{urlencode(query, safe='…')}" if query else "")


def _with_credential(address: str, name: str, scheme: Json) -> tuple[str, list[str]]:
    shown = _SHOWN.get(name, _OTHERS)
    if scheme["type"] == "http":
        return address, [f'-H "Authorization: Bearer {shown}"']
    if scheme["in"] == "header":
        return address, [f'-H "{scheme["name"]}: {shown}"']
    if scheme["in"] == "cookie":
        return address, [f'-b "{scheme["name"]}={shown}"']
    return f"{address}{'&' if '?' in address else '?'}{scheme['name']}={shown}", []


def _body(operation: Json) -> list[str]:
    content: Mapping[str, Json] = operation.get("requestBody", {}).get("content", {})
    for kind, body in content.items():
        for _, example in examples_of(body):
            if kind == _FORM and isinstance(example, Mapping):
                return list(_fields(example))
            return [f"--json {shlex.quote(pretty(example))}"]
    return []


def _fields(example: Mapping[str, object]) -> Iterator[str]:
    for name, value in example.items():
        yield f"--data-urlencode {shlex.quote(f'{name}={value}')}"


def _quoted(address: str) -> str:
    """Keep a shell from reading an address, except our own variables in it."""
    is_special = any(character in address for character in "$?&{}")
    return f'"{address}"' if is_special else address

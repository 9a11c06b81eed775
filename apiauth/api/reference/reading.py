"""The document as a page reads it: groups, operations, tables, examples."""

from collections.abc import Iterator, Mapping, Sequence

from apiauth.api import vocabularies
from apiauth.api.document import words
from apiauth.api.document.schemas import Json, name_of, resolved
from apiauth.api.reference import rows, samples
from apiauth.api.reference.parts import (
    Answer,
    Code,
    Credential,
    Example,
    Group,
    Page,
    Schema,
    Shown,
)
from apiauth.api.reference.rows import Row

METHODS = ("get", "post", "put", "patch", "delete")
OF_DEPLOYMENT = "/d/{deployment_id}"
FIRST_REFUSAL = 400
JSON = "application/json"


def read(document: Json) -> Page:
    """Read a document for the page."""
    components = document["components"]["schemas"]
    groups = list(_groups(document))
    return Page(
        product=words.PRODUCT,
        title=words.TITLE,
        about=rows.prose(document["info"]["description"]),
        base=document["servers"][0]["url"],
        credentials=list(_credentials(document, groups)),
        groups=groups,
        error=Example(
            title="A refusal", text=samples.pretty(components["Error"]["examples"][0])
        ),
        errors=_explained(vocabularies.error_codes()),
        verdicts=_explained(vocabularies.verdict_codes()),
        schemas=_schemas(groups, components),
    )


def _explained(vocabulary: Sequence[vocabularies.Word]) -> list[Code]:
    return [
        Code(word=one.word, status=one.status, meaning=rows.prose(one.meaning))
        for one in vocabulary
    ]


def _credentials(document: Json, groups: Sequence[Group]) -> Iterator[Credential]:
    operations = [one for group in groups for one in group.operations]
    for name, scheme in document["components"]["securitySchemes"].items():
        is_bearer = scheme["type"] == "http"
        opens: dict[str, list[Shown]] = {}
        for one in operations:
            for right in dict(one.rights).get(name, []):
                opens.setdefault(right, []).append(one)
        yield Credential(
            name=name,
            how="Authorization: Bearer …"
            if is_bearer
            else f"{scheme['name']}, in the {scheme['in']}",
            description=rows.prose(scheme.get("description", "")),
            rights=sorted(opens.items()),
        )


def _groups(document: Json) -> Iterator[Group]:
    found = list(_operations(document))
    for tag in document["tags"]:
        yield Group(
            name=tag["name"],
            anchor=f"group-{tag['name'].lower().replace(' ', '-')}",
            description=rows.prose(tag["description"]),
            operations=[shown for name, shown in found if name == tag["name"]],
        )


def _operations(document: Json) -> Iterator[tuple[str, Shown]]:
    paths = document["paths"]
    for path, methods in paths.items():
        # The same operation at the place of one deployment is no other operation.
        if path.startswith(OF_DEPLOYMENT) and path.removeprefix(OF_DEPLOYMENT) in paths:
            continue
        also_at = [OF_DEPLOYMENT + path] if OF_DEPLOYMENT + path in paths else []
        for method in METHODS:
            if method in methods:
                operation = methods[method]
                shown = _shown(path, method, operation, document, also_at)
                yield operation["tags"][0], shown


def _shown(
    path: str, method: str, operation: Json, document: Json, also_at: Sequence[str]
) -> Shown:
    components = document["components"]["schemas"]
    body = operation.get("requestBody", {})
    content = body.get("content", {})
    answers = list(_answers(operation, document))
    return Shown(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        also_at=also_at,
        summary=operation["summary"],
        description=rows.prose(operation["description"]),
        rights=_rights(operation),
        is_open=not operation["security"] or {} in operation["security"],
        is_deprecated=operation.get("deprecated", False),
        parameters=list(_parameters(operation, components)),
        media_types=list(content),
        is_body_required=body.get("required", False),
        body=[
            row
            for one in list(content.values())[:1]
            for row in rows.members(one["schema"], components)
        ],
        answers=[one for one in answers if one.status < FIRST_REFUSAL],
        refusals=[one for one in answers if one.status >= FIRST_REFUSAL],
        examples=list(_examples(path, method, operation, document)),
    )


def _rights(operation: Json) -> list[tuple[str, Sequence[str]]]:
    return [
        (name, rights)
        for requirement in operation["security"]
        for name, rights in requirement.items()
    ]


def _parameters(operation: Json, components: Mapping[str, Json]) -> Iterator[Row]:
    for one in operation["parameters"]:
        yield rows.row(
            one["name"],
            {**one["schema"], "description": one.get("description", "")},
            components,
            is_required=one["required"],
            place=one["in"],
        )


def _answers(operation: Json, document: Json) -> Iterator[Answer]:
    components = document["components"]["schemas"]
    shared = document["components"]["responses"]
    for status, said in operation["responses"].items():
        answer = shared[name_of(said["$ref"])] if "$ref" in said else said
        schema = answer.get("content", {}).get(JSON, {}).get("schema", {})
        is_refusal = int(status) >= FIRST_REFUSAL
        yield Answer(
            status=int(status),
            phrase=rows.prose(answer["description"]),
            rows=[] if is_refusal else rows.of_any(schema, components),
            codes=list(_codes(schema, int(status), components)) if is_refusal else [],
        )


def _codes(
    schema: Json, status: int, components: Mapping[str, Json]
) -> Iterator[tuple[str, str]]:
    """The codes that a refusal may carry, each with the place that explains it."""
    for form in schema.get("anyOf", [schema]):
        code = resolved(form, components).get("properties", {}).get("code", {})
        if "const" in code:
            yield code["const"], "code"
        for vocabulary, codes, anchor in (
            ("ErrorCode", vocabularies.error_codes(), "code"),
            ("VerdictCode", vocabularies.verdict_codes(), "verdict"),
        ):
            if name_of(code.get("$ref", "")) == vocabulary:
                yield from ((o.word, anchor) for o in codes if o.status == status)


def _examples(
    path: str, method: str, operation: Json, document: Json
) -> Iterator[Example]:
    base = document["servers"][0]["url"]
    request = samples.curl(base, method, path, operation, document)
    yield Example(title="Request", text=request)
    for status, answer in operation["responses"].items():
        content = answer.get("content", {}).get(JSON, {})
        for name, value in samples.examples_of(content):
            title = f"Answer {status}" + (f", {name}" if name else "")
            yield Example(title=title, text=samples.pretty(value))


def _schemas(groups: Sequence[Group], components: Mapping[str, Json]) -> list[Schema]:
    """What the tables above lead to, and what that leads to in turn."""
    found: dict[str, Schema] = {}
    wanted = [
        row.link
        for group in groups
        for one in group.operations
        for row in _rows_of(one)
    ]
    while wanted:
        name = wanted.pop().removeprefix("schema-")
        if name in components and name not in found:
            found[name] = _schema(name, components)
            wanted += [row.link for row in found[name].rows]
    return [found[name] for name in sorted(found)]


def _schema(name: str, components: Mapping[str, Json]) -> Schema:
    return Schema(
        name=name,
        description=rows.prose(components[name].get("description", "")),
        rows=list(rows.members(components[name], components)),
    )


def _rows_of(one: Shown) -> Iterator[Row]:
    yield from (*one.parameters, *one.body)
    for answer in one.answers:
        yield from answer.rows

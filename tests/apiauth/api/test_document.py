"""The description of the API: true, whole, and in the form that it claims."""

import re
from collections.abc import Iterator

import openapi_spec_validator
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, URLResolver, get_resolver
from jsonschema import Draft202012Validator
from ninja import Router, Schema

from apiauth import errors, gateway
from apiauth.api import reference, vocabularies
from apiauth.api.document import names, schemas, words
from apiauth.api.document.schemas import Json
from apiauth.api.surface import REFUSALS, Surface
from apiauth.api.urls import surface
from apiauth.http import guards, responses
from apiauth.models import Capability, Scope
from tests.apiauth.api.described import (
    COMPONENTS,
    DOCUMENT,
    JSON,
    OPERATIONS,
    build,
    problems,
    whole,
)

METHODS = {"get", "put", "post", "delete", "patch"}
CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")
# Addresses that are no part of the API, each by its start.
NOT_THE_API = {
    "/admin": "pages for operators",
    "/vanity/": "pages for the frame",
    "/d/{deployment_id}/vanity/": "pages for the frame",
    "/docs": "this description for people",
    "/openapi.json": "this description",
}
# What nobody needs a credential for.
OPEN = {
    "checkHealth": "is asked by client libraries",
    "checkLife": "is asked by probes",
    "checkReadiness": "is asked by probes",
    "exchangeTicket": "the ticket is the credential",
    "exchangeTicketByPost": "the ticket is the credential",
    "exchangeTicketByPostOfDeployment": "the ticket is the credential",
    "exchangeTicketOfDeployment": "the ticket is the credential",
    "getDeployment": "is asked before there is a session",
    "getDeploymentById": "is asked before there is a session",
}


every_operation = pytest.mark.parametrize("name", sorted(OPERATIONS))


def _addresses(
    patterns: list[URLPattern | URLResolver], before: str = "/"
) -> Iterator[str]:
    for pattern in patterns:
        path = before + CONVERTER.sub(r"{\1}", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from _addresses(pattern.url_patterns, path)
        else:
            yield path


def _contents(name: str) -> Iterator[tuple[str, Json]]:
    """What one operation sends and gets, each with where it stands."""
    _, _, operation = OPERATIONS[name]
    for kind, body in operation.get("requestBody", {}).get("content", {}).items():
        yield f"body {kind}", body
    for status, said in operation["responses"].items():
        answer = whole(said)
        if "content" in answer:
            yield status, answer["content"][JSON]


def _examples(content: Json) -> list[object]:
    named = [one["value"] for one in content.get("examples", {}).values()]
    return named + ([content["example"]] if "example" in content else [])


# ------------------------------------------------------------------------ the document


def test_is_valid_openapi():
    openapi_spec_validator.validate(DOCUMENT)

    assert DOCUMENT["openapi"].startswith("3.1.")


@pytest.mark.parametrize("name", sorted(COMPONENTS))
def test_speaks_json_schema(name):
    component = COMPONENTS[name]
    Draft202012Validator.check_schema(component)

    assert re.fullmatch(r"[A-Z][A-Za-z]+", name)
    # A word explains itself, and an envelope is explained by what is in it.
    if set(component.get("properties", ["data"])) != {"data"}:
        assert component["description"], "give the schema a docstring"


def test_has_none_of_the_words_of_older_versions():
    said = set(_keywords(DOCUMENT["paths"])) | set(_keywords(COMPONENTS))

    assert not said & {"nullable", "allOf", "include_in_schema", vocabularies.MARK}


def _keywords(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        yield from node
        node = list(node.values())
    if isinstance(node, list):
        for one in node:
            yield from _keywords(one)


def test_refers_to_nothing_that_is_not_there():
    places = {
        f"#/components/{kind}/{name}"
        for kind, parts in DOCUMENT["components"].items()
        for name in parts
    }

    assert schemas.references(DOCUMENT) <= places


def test_describes_every_address_of_the_api():
    addresses = set(_addresses(get_resolver().url_patterns))
    ours = {path for path in addresses if not path.startswith(tuple(NOT_THE_API))}

    assert ours == set(DOCUMENT["paths"])


def test_groups_operations_under_explained_names():
    used = {tag for _, _, one in OPERATIONS.values() for tag in one["tags"]}

    assert {tag["name"] for tag in DOCUMENT["tags"]} == used
    assert [tag["name"] for tag in DOCUMENT["tags"] if not tag["description"]] == []


def test_says_where_it_is_served(settings):
    settings.KEYPLATE_PUBLIC_URL = "https://keys.acme.example"

    (served,) = reference.described(surface)["servers"]

    assert served["url"] == "https://keys.acme.example"


def test_says_when_nobody_has_to_show_a_key(settings):
    settings.KEYPLATE_GATEWAY_ANONYMOUS = True

    check = reference.described(surface)["paths"]["/v1/authz/check"]["post"]

    assert check["security"] == [{"backendKey": ["keys:verify"]}, {}]


# ------------------------------------------------------------------------- operations


@every_operation
def test_has_a_name_that_stays(name):
    method, path, operation = OPERATIONS[name]

    assert name.removesuffix("OfDeployment") in names.NAMES.values(), (
        f"name {method.upper()} {path} in apiauth/api/document/names.py"
    )
    assert re.fullmatch(r"[a-z]+([A-Z][a-z]+)+", name)
    assert method in METHODS
    assert operation["tags"] != [""]


def test_gives_no_name_twice():
    given = list(names.NAMES.values())

    assert len(given) == len(set(given))


@every_operation
def test_says_what_it_does(name):
    _, _, operation = OPERATIONS[name]

    assert operation["summary"], "give it a summary"
    assert not operation["summary"].endswith(".")
    assert operation["description"].endswith("."), "give it a docstring"


@every_operation
def test_says_what_it_answers(name):
    _, _, operation = OPERATIONS[name]
    answers = {int(status): one for status, one in operation["responses"].items()}

    fine = [status for status in answers if status < 400]
    assert fine
    for status in fine:
        assert status == 204 or answers[status]["content"][JSON]["schema"]
    assert name in OPEN or {401, 403} <= set(answers)


@every_operation
def test_says_who_may(name):
    _, _, operation = OPERATIONS[name]
    known = {*Scope.values, *Capability.values}

    assert operation["security"] or name in OPEN
    for requirement in operation["security"]:
        for credential, rights in requirement.items():
            assert set(rights) <= known
            assert rights or credential != "backendKey", "name its scope"


@every_operation
def test_shows_an_example_of_all_that_travels(name):
    _, _, operation = OPERATIONS[name]
    needed = [one for one in operation["parameters"] if one["required"]]

    bare = [where for where, content in _contents(name) if not _examples(content)]
    bare += [one["name"] for one in needed if "example" not in one]
    assert bare == [], "give the schema an example"


@every_operation
def test_shows_examples_that_are_true(name):
    wrong = [
        (where, problem)
        for where, content in _contents(name)
        for example in _examples(content)
        for problem in problems(content["schema"], example)
    ]
    wrong += [
        (one["name"], problem)
        for one in OPERATIONS[name][2]["parameters"]
        if "example" in one
        for problem in problems(one["schema"], one["example"])
    ]

    assert wrong == []


@every_operation
def test_names_each_parameter_once(name):
    _, path, operation = OPERATIONS[name]
    parameters = [(one["in"], one["name"]) for one in operation["parameters"]]

    assert len(parameters) == len(set(parameters))
    in_path = {name for place, name in parameters if place == "path"}
    assert in_path == set(re.findall(r"{(\w+)}", path))


# --------------------------------------------------------------------------- the words


def test_knows_every_code_of_a_refusal():
    codes = {choice["const"] for choice in COMPONENTS["ErrorCode"]["oneOf"]}
    kinds = set(_kinds(errors.ApiAuthError))

    assert codes == {kind.code for kind in kinds} | {
        code for code, _ in responses.UNROUTED.values()
    }
    assert all(choice["description"] for choice in COMPONENTS["ErrorCode"]["oneOf"])


def _kinds(of: type[errors.ApiAuthError]) -> Iterator[type[errors.ApiAuthError]]:
    for kind in of.__subclasses__():
        yield kind
        yield from _kinds(kind)


def test_knows_every_verdict():
    codes = [choice["const"] for choice in COMPONENTS["VerdictCode"]["oneOf"]]

    assert sorted(codes) == sorted(gateway.Code)


def test_gives_every_refusal_a_status_of_its_own_kind():
    assert [w.word for w in vocabularies.error_codes() if w.status == 500] == ["error"]


def test_has_words_for_every_refusal():
    assert set(REFUSALS) <= set(words.PHRASES)


# ------------------------------------------------------------------ what it guards against


class Thing(Schema):
    """One thing."""

    size: int = 0


def _described(*routers: Router) -> Json:
    made = Surface()
    for n, router in enumerate(routers):
        made.add_router(f"/things-{n}", router)
    return build(made)


def _router(answer: type, body: type) -> Router:
    router = Router(tags=["Things"], auth=guards.BackendKeyAuth(Scope.APPS_MANAGE))

    def create(request, body):
        return body

    create.__annotations__["body"] = body
    router.post("", response={200: answer})(create)
    return router


def test_tells_what_comes_from_what_goes():
    made = _described(_router(Thing, Thing))["components"]["schemas"]

    assert "required" not in made["ThingInput"]
    assert made["ThingOutput"]["required"] == ["size"]


def _namesake(module: str, member: str) -> type[Schema]:
    members = {"__annotations__": {member: str}, "__module__": module}
    return type("Thing", (Schema,), members)


def test_tells_namesakes_apart():
    gear, toy = _namesake("shop.gear", "weight"), _namesake("shop.toys", "colour")

    made = _described(_router(gear, Thing), _router(toy, Thing))["components"][
        "schemas"
    ]

    assert set(made["GearThing"]["properties"]) == {"weight"}
    assert set(made["ToysThing"]["properties"]) == {"colour"}


def test_refuses_namesakes_that_it_cannot_tell_apart():
    here, there = _namesake("here.gear", "weight"), _namesake("there.gear", "colour")

    with pytest.raises(ImproperlyConfigured):
        _described(_router(here, Thing), _router(there, Thing))


def test_notices_what_nobody_described():
    (operation,) = _described(_router(Thing, Thing))["paths"]["/things-0"].values()

    assert (operation["summary"], operation["description"]) == ("", "")
    assert operation["operationId"] == "postThings0"

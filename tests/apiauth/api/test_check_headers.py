"""`POST /v1/authz/check`: headers and metadata that hosts pass on."""

from apiauth.models import Key


def test_gives_headers_to_copy(check, acme, ci_key):
    assert check().json()["headers"] == {
        "x-wacht-key-id": str(ci_key.key.id),
        "x-wacht-deployment-id": str(acme.deployment.id),
        "x-wacht-app-slug": "aa_1",
        "x-wacht-key-name": "CI",
        "x-wacht-organization-id": "acme-ltd",
        "x-wacht-permissions": "reports:read,reports:write",
        "x-ratelimit-60s-limit": "1000",
        "x-ratelimit-60s-remaining": "999",
    }


def test_gives_only_header_values_that_are_safe(check, ci_key):
    Key.objects.update(
        name="Käse 100% 👩‍💻 \r\nSet-Cookie: x",
        metadata={"a": "1,b=2", "ü": "x\r\nY: z", "n": 5, "principal_type": "oauth"},
    )

    headers = check().json()["headers"]

    assert headers["x-wacht-key-name"].startswith("K%C3%A4se 100%25 %F0")
    assert headers["x-wacht-metadata"] == "a=1%2Cb%3D2,%C3%BC=x%0D%0AY: z"
    assert all(value.isascii() and value.isprintable() for value in headers.values())


def test_leaves_out_a_header_that_no_server_would_take(check, ci_key):
    Key.objects.update(metadata={"a": "x" * 5000})

    answer = check().json()

    assert "x-wacht-metadata" not in answer["headers"]
    assert answer["metadata"] == {"a": "x" * 5000}


def test_lets_no_metadata_pose_as_another_principal(check, ci_key):
    Key.objects.update(metadata={"principal_type": "oauth_access_token", "tier": 1})

    assert check().json()["metadata"] == {"tier": 1}

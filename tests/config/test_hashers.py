"""Operators' passwords."""

from django.contrib.auth import hashers
from django.contrib.auth.models import User


def test_hashes_by_argon2id_that_small_machines_can_afford():
    encoded = hashers.make_password("a long enough passphrase")

    assert encoded.startswith("argon2$argon2id$v=19$m=47104,t=1,p=1$")
    assert hashers.check_password("a long enough passphrase", encoded)
    assert not hashers.check_password("another long passphrase", encoded)


def test_a_password_of_older_parameters_is_hashed_anew(db):
    user = User.objects.create_user("olga")
    user.password = hashers.make_password("a long passphrase", hasher="pbkdf2_sha256")
    user.save()

    assert user.check_password("a long passphrase")
    user.refresh_from_db()
    assert user.password.startswith("argon2$argon2id$")

"""Operators' passwords: Argon2id that small machines can afford."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class SmallArgon2idHasher(Argon2PasswordHasher):
    """Argon2id with 46 MiB, one pass, one lane (OWASP password storage).

    Django's own parameters want 100 MiB and eight lanes a login; eight logins at
    once would then take 800 MiB.
    """

    time_cost = 1
    memory_cost = 46 * 1024
    parallelism = 1

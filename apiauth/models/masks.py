"""What rows of a list show beside their keys."""

import itertools
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import OuterRef, Subquery

from apiauth.models.decisions import Decision
from apiauth.models.keys import Key, KeySecret
from apiauth.models.usage import UsageMark
from apiauth.models.uses import KeyUse

_AT_ONCE = 1000
_SECOND = timedelta(seconds=1)


def fill(keys: Sequence[Key]) -> None:
    """Fetch what `with_masks()` does, for keys of one deployment that were read.

    In three statements for up to a thousand keys. Joined into one, they would take the
    database longer to plan than to carry out, and a list that passes over keys would
    look up what belongs to those as well.
    """
    for some in itertools.batched(keys, _AT_ONCE):
        _fill(some)


def _fill(keys: Sequence[Key]) -> None:
    deployment_id, ids = keys[0].deployment_id, [key.pk for key in keys]
    # The mark first: what is behind it by then is in the sums, which are read last.
    mark, now = UsageMark.seen()
    current = KeySecret.objects.filter(
        deployment_id=deployment_id, key__in=ids, ends_at__isnull=True
    )
    columns = {
        "old_ends_at": _old_ends_at(),
        "logged_at": _logged_at(deployment_id, mark, now),
    }
    shown = current.annotate(**columns).values_list(
        "key_id", "prefix", "last_eight", *columns
    )
    by_key = {key_id: rest for key_id, *rest in shown}
    uses = KeyUse.objects.filter(deployment_id=deployment_id, key__in=ids)
    summed = dict(uses.values_list("key_id", "last_used_at"))
    for key in keys:
        key.prefix, key.last_eight, key.old_secret_ends_at, logged_at = by_key[key.pk]
        # Whatever the log has beyond the sums is later than all that they hold.
        key.last_used_at = logged_at or summed.get(key.pk)


def _old_ends_at() -> Subquery:
    ended = KeySecret.objects.filter(key=OuterRef("key"), ends_at__isnull=False)
    return Subquery(ended.order_by("-version").values("ends_at")[:1])


def _logged_at(deployment_id: uuid.UUID, mark: datetime, now: datetime) -> Subquery:
    """When a secret's key was last accepted, as far as it is not summed up."""
    # Both ends are constants: whole months of the log are left out of the plan.
    unsummed = Decision.objects.filter(
        deployment_id=deployment_id,
        key_id=OuterRef("key"),
        allowed=True,
        decided_at__gte=mark,
        decided_at__lt=now.replace(microsecond=0) + _SECOND,
    )
    return Subquery(unsummed.order_by("-decided_at").values("decided_at")[:1])

"""What rows of a list show beside their keys."""

import itertools
import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db.models import OuterRef, Subquery

from apiauth.models.decisions import Decision
from apiauth.models.keys import Key, KeySecret
from apiauth.models.usage import UsageMark
from apiauth.models.uses import KeyUse

_AT_ONCE = 1000


def fill(keys: Sequence[Key]) -> None:
    """Fetch what `with_masks()` does, for keys of one deployment that were read.

    In four statements for up to a thousand keys. Joined into one, they would take the
    database longer to plan than to carry out, and a list that passes over keys would
    look up what belongs to those as well.
    """
    for some in itertools.batched(keys, _AT_ONCE):
        _fill(some)


def _fill(keys: Sequence[Key]) -> None:
    deployment_id, ids = keys[0].deployment_id, [key.pk for key in keys]
    used = _last_used(deployment_id, ids)
    current = KeySecret.objects.filter(
        deployment_id=deployment_id, key__in=ids, ends_at__isnull=True
    )
    ended = KeySecret.objects.filter(key=OuterRef("key"), ends_at__isnull=False)
    old_ends_at = Subquery(ended.order_by("-version").values("ends_at")[:1])
    shown = {
        key_id: rest
        for key_id, *rest in current.annotate(old_ends_at=old_ends_at).values_list(
            "key_id", "prefix", "last_eight", "old_ends_at"
        )
    }
    for key in keys:
        key.last_used_at = used.get(key.pk)
        key.prefix, key.last_eight, key.old_secret_ends_at = shown[key.pk]


def _last_used(
    deployment_id: uuid.UUID, ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, datetime]:
    """When each key was last accepted, of those that ever were."""
    # The mark first: what is behind it by then is in the sums, which are read later.
    # As it is a constant to the next statement, whole months of the log are left out.
    mark = UsageMark.last_seen()
    unsummed = Decision.objects.filter(
        deployment_id=deployment_id,
        key_id=OuterRef("pk"),
        allowed=True,
        decided_at__gte=mark,
    )
    newest = Subquery(unsummed.order_by("-decided_at").values("decided_at")[:1])
    keys = Key.objects.filter(deployment_id=deployment_id, pk__in=ids)
    logged = keys.annotate(logged_at=newest).values_list("pk", "logged_at")
    later = {key_id: at for key_id, at in logged if at is not None}
    summed = KeyUse.objects.filter(deployment_id=deployment_id, key__in=ids)
    return {**dict(summed.values_list("key_id", "last_used_at")), **later}

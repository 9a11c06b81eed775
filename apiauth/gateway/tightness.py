"""Which limits had no room a moment ago: a hint to one process, never a verdict."""

from collections import OrderedDict
from collections.abc import Mapping

from apiauth.ratelimits import Charge

_MOST = 10_000


class Tightness:
    """Remembers counters that overflowed, each for the slot in which it did.

    A batch that touches one of them is settled with its counters held from the start,
    instead of failing at first. Wrong hints cost time and nothing else.
    """

    def __init__(self) -> None:
        self._slots: OrderedDict[bytes, int] = OrderedDict()

    def knows(self, charges: Mapping[bytes, Charge]) -> bool:
        """Whether one of these counters overflowed in its present slot."""
        slots = self._slots
        if not slots:
            return False
        return any(slots.get(c.counter, -1) >= c.slot for c in charges.values())

    def learn(self, charges: Mapping[bytes, Charge]) -> None:
        """Note counters that have just overflowed."""
        for charge in charges.values():
            self._slots[charge.counter] = charge.slot
            self._slots.move_to_end(charge.counter)
        while len(self._slots) > _MOST:
            self._slots.popitem(last=False)


class AlwaysTight(Tightness):
    """For a single writer, which holds all counters anyway."""

    def knows(self, charges: Mapping[bytes, Charge]) -> bool:
        return bool(charges)

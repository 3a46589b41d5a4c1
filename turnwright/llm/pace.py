"""Pace: how many requests a server gets at a time. It says so in two ways, and the lower word counts.

Servers that refuse (429, 503, 529) are followed as TCP follows lost packets, by CUBIC (RFC 9438, sections 4.2 and
4.6): down to 0.9 of what was refused, back up quickly, then long near the ceiling, and only then beyond it. Servers
that never refuse but get slower, up to the deadline, are followed by climbing the hill of Kleinrock's power (throughput
/ latency; "Power and deterministic rules of thumb", ICC 1979), on whose top more requests at a time would bring latency
rather than throughput. Both count in requests, not in seconds, so that they fit any server.
"""

import math

_BACK_OFF = 0.9
_CURVE = 0.02
"""CUBIC's C, for time in rounds: how fast it probes beyond the ceiling."""
_SHORTEST_ROUND = 10
"""Requests; at a limit of one or two, a round of as many would probe all the time."""

_FIRST = 16
_LONGEST_STEP = math.log(2)
_SHORTEST_STEP = math.log(1.1)
_GROWS = 1.5
_CHANGED = 0.2
"""Share by which the power at the same limit has to differ for the server to be another one."""
_FORGETS = 0.99
"""What is left of the power at the top after a round, so that a slow decline is seen as one."""
_SHORTEST_S = 1e-6


class Refusals:
    """The limit that a server's refusals say; none until the first."""

    def __init__(self) -> None:
        self.limit = math.inf
        self._ceiling = math.inf
        self._low = math.inf
        self._rounds = 0.0

    def refused(self, in_flight: int) -> None:
        """One more was too many beside those that are in flight still."""
        self._ceiling = in_flight + 1
        self._low = max(1.0, _BACK_OFF * self._ceiling)
        self._rounds = 0.0
        self.limit = self._low

    def answered(self) -> None:
        """All that may be asked at a time was, and it was answered."""
        if self.limit < math.inf:
            self._rounds += 1 / max(self.limit, _SHORTEST_ROUND)
            to_ceiling = ((self._ceiling - self._low) / _CURVE) ** (1 / 3)
            self.limit = self._ceiling + _CURVE * (self._rounds - to_ceiling) ** 3


class Slowness:
    """The limit that a server's latency says, by pattern search (Hooke and Jeeves, JACM 1961) on its power.

    From a base a step is tried; where the power is higher there, that is the new base and the next step is longer;
    where it is not, one goes back to the base, measures it anew, and tries a shorter step or the other way.
    """

    def __init__(self, most: int) -> None:
        self.limit = float(min(_FIRST, most))
        self.epoch = 0
        """Counts the moves; a request that began before the last one tells nothing of it."""
        self._most = float(most)
        self._base = self.limit
        self._power = 0.0
        self._step = _LONGEST_STEP
        self._up = True
        self._onward = False
        """Whether the last step was a success."""
        self._sum = 0.0
        self._count = 0

    def answered(self, epoch: int, latency_s: float) -> None:
        """A request that began in this epoch was answered, while all that may be asked at a time was."""
        if epoch != self.epoch:
            return
        self._sum += latency_s
        self._count += 1
        # A long step shows even among few replies of different lengths, a short one does not.
        enough = self.limit / 2 if self._step == _LONGEST_STEP else max(self.limit, 2 * _SHORTEST_ROUND)
        if self._count >= enough:
            self._move(self.limit / max(self._sum / self._count, _SHORTEST_S) ** 2)

    def _move(self, power: float) -> None:
        self._sum, self._count = 0.0, 0
        self.epoch += 1
        if self.limit == self._base:
            self._seen_again(power)
        elif power > self._power:
            self._step = min(self._step * _GROWS, _LONGEST_STEP) if self._onward else self._step
            self._base, self._power, self._onward = self.limit, power, True
        else:
            self._step = max(self._step / 2, _SHORTEST_STEP)
            self._up = self._up if self._onward else not self._up
            self.limit, self._onward = self._base, False
            return
        self.limit = self._next()

    def _seen_again(self, power: float) -> None:
        """The base was measured anew; the server may be another one since."""
        if power < (1 - _CHANGED) * self._power:
            self._up, self._step = False, _LONGEST_STEP / 2
        elif power > (1 + _CHANGED) * self._power:
            self._up, self._step = True, _LONGEST_STEP / 2
        elif self._base == self._most:
            self._up, power = True, max(power, _FORGETS * self._power)
        self._power = power

    def _next(self) -> float:
        """Where to look next; at the top of what is allowed one stays, and at the bottom one goes up."""
        self._up = self._up or self._base == 1
        return min(max(self._base * math.exp(self._step if self._up else -self._step), 1.0), self._most)


class Pace:
    """Both together, for one server."""

    def __init__(self, most: int) -> None:
        """`most` is how many requests there can ever be at a time."""
        self.in_flight = 0
        self._refusals = Refusals()
        self._slowness = Slowness(most)

    @property
    def limit(self) -> int:
        """How many may be in flight now, at least one."""
        return max(1, int(min(self._refusals.limit, self._slowness.limit)))

    def begin(self) -> int:
        """One request sets out; its end is to be told with the number that this gives."""
        self.in_flight += 1
        return self._slowness.epoch

    def answered(self, began: int, latency_s: float) -> None:
        """It was answered, or came to its deadline, which is an answer to whether there were too many."""
        if self.in_flight >= self.limit:  # fewer would tell nothing of the limit
            if self._refusals.limit < self._slowness.limit:
                self._refusals.answered()
            else:
                self._slowness.answered(began, latency_s)
        self.in_flight -= 1

    def refused(self) -> None:
        """It was one too many."""
        self.in_flight -= 1
        self._refusals.refused(self.in_flight)

    def failed(self) -> None:
        """It came to nothing for another reason."""
        self.in_flight -= 1

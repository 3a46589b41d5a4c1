"""Traffic: what goes to the models and comes from them while a run is at work, for budgets and for whoever watches."""

from dataclasses import dataclass

from turnwright.llm.chat import ChatClient, ChatReply, ChatRequest


@dataclass
class Traffic:
    """The sums of one process."""

    in_flight: int = 0
    calls: int = 0
    tokens: int = 0
    usd: float = 0.0
    unpriced: int = 0
    """Calls whose price is not known."""


class Counted:
    """A client whose calls are counted; replies out of a cache cost nothing."""

    def __init__(self, client: ChatClient, traffic: Traffic) -> None:
        self._client = client
        self._traffic = traffic

    async def chat(self, request: ChatRequest) -> ChatReply:
        traffic = self._traffic
        traffic.in_flight += 1
        try:
            reply = await self._client.chat(request)
        finally:
            traffic.in_flight -= 1
            traffic.calls += 1
        if not reply.cached:
            traffic.tokens += reply.tokens_in + reply.tokens_out
            traffic.usd += reply.cost_usd or 0.0
            traffic.unpriced += reply.cost_usd is None
        return reply

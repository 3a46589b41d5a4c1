"""LiteLLM: the way to every provider. Imported only when a model needs it: the import alone takes seconds."""

import os
import re
from typing import Any

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else the import fetches a price list
os.environ.setdefault("LITELLM_TELEMETRY", "False")

import litellm
import openai

from turnwright.errors import BadInput, Failure
from turnwright.llm.chat import ChatReply, ChatRequest, parse_call
from turnwright.verdict import Blame

litellm.suppress_debug_info = True
litellm.drop_params = True  # a provider without `seed` is asked without it

_SECRET = re.compile(r"(KEY|TOKEN|SECRET)$")
_SHORTEST_SECRET = 8
"""Characters; what is shorter stands in many words by chance."""


class LiteLLMClient:
    """Any provider that LiteLLM knows, by its model name."""

    def __init__(self, api_base: str | None = None, api_key: str | None = None, timeout_s: float = 600) -> None:
        self._fixed: dict[str, Any] = {"api_base": api_base, "api_key": api_key, "timeout": timeout_s, "num_retries": 2}

    async def chat(self, request: ChatRequest) -> ChatReply:
        try:
            return await self._ask(request)
        except openai.OpenAIError as error:  # the base of all that LiteLLM raises
            # Not chained: providers repeat keys in their words, and a traceback would carry them into logs.
            raise Failure(Blame.PROVIDER, self._without_keys(f"{type(error).__name__}: {error}")) from None

    def _without_keys(self, words: str) -> str:
        secrets = [
            value for name, value in os.environ.items() if _SECRET.search(name) and len(value) >= _SHORTEST_SECRET
        ]
        for secret in sorted({*secrets, self._fixed["api_key"] or "none"} - {"none"}, key=len, reverse=True):
            words = words.replace(secret, "***")
        return words

    async def _ask(self, request: ChatRequest) -> ChatReply:
        response: Any = await litellm.acompletion(
            model=request.model,
            messages=list(request.messages),
            tools=list(request.tools) or None,
            temperature=request.temperature,
            seed=request.seed % 2**31,
            _skip_mcp_handler=True,  # it would import a package that nobody needs for tools like ours
            **self._fixed,
        )
        message = response.choices[0].message
        calls = tuple(
            parse_call(call.id, call.function.name, call.function.arguments) for call in message.tool_calls or ()
        )
        usage = response.usage
        return ChatReply(message.content or "", calls, usage.prompt_tokens, usage.completion_tokens, _cost(response))


def client(model: str, api_base: str | None, api_key: str | None) -> LiteLLMClient:
    """A client for this model, once it is clear that the provider exists and its key is there.

    Raises:
        BadInput: naming what is missing.
    """
    try:
        litellm.get_llm_provider(model)  # pyright: ignore[reportPrivateImportUsage]
    except litellm.exceptions.BadRequestError as error:
        raise BadInput(f"LiteLLM knows no provider for the model {model!r}: use a name such as openai/NAME") from error
    missing: list[str] = litellm.validate_environment(model, api_key=api_key, api_base=api_base)["missing_keys"]  # pyright: ignore[reportPrivateImportUsage]
    if missing and api_key is None and api_base is None:
        raise BadInput(f"the model {model!r} needs {' and '.join(missing)} in the environment")
    # Servers of one's own often want no key at all, while the client libraries insist on one.
    return LiteLLMClient(api_base, api_key or ("none" if missing else None))


def _cost(response: Any) -> float | None:
    cost = response._hidden_params.get("response_cost")  # None where LiteLLM's price table has no such model
    return None if cost is None else float(cost)


async def close() -> None:
    """Close LiteLLM's pooled connections, and have it forget them; call it before the event loop ends."""
    await litellm.close_litellm_async_clients()  # pyright: ignore[reportPrivateImportUsage]
    litellm.in_memory_llm_clients_cache.flush_cache()

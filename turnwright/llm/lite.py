"""LiteLLM: the way to every other provider. Imported only when a model needs it: the import alone takes seconds."""

import os
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else the import fetches a price list
os.environ.setdefault("LITELLM_TELEMETRY", "False")

import litellm
import openai

from turnwright.errors import BadInput
from turnwright.llm.chat import ChatReply, ChatRequest, reply_of
from turnwright.llm.direct import response_format, retry_after
from turnwright.llm.trouble import ProviderFailure, Trouble, trouble_of

litellm.suppress_debug_info = True
litellm.drop_params = True  # a provider without `seed` is asked without it

_NO_LIMIT_S = 24 * 3600
"""Whoever calls sets the deadline; LiteLLM's own would come in between."""


class LiteLLMClient:
    """Any provider that LiteLLM knows, by its model name."""

    def __init__(self, api_base: str | None = None, api_key: str | None = None) -> None:
        self._key = api_key
        self._fixed: dict[str, Any] = {
            "api_base": api_base,
            "api_key": api_key,
            "timeout": _NO_LIMIT_S,
            "num_retries": 0,
            "max_retries": 0,
        }

    async def chat(self, request: ChatRequest) -> ChatReply:
        try:
            response: Any = await litellm.acompletion(**self._fixed, **_asked(request))
        except openai.OpenAIError as error:  # the base of all that LiteLLM raises
            # Not chained: providers repeat keys in their words, and a traceback would carry them into logs.
            raise self._failure(error) from None
        reply = reply_of(response.model_dump())
        return replace(reply, cost_usd=_cost(response))

    def _failure(self, error: Any) -> ProviderFailure:
        words = f"{type(error).__name__}: {error}"
        status = int(getattr(error, "status_code", None) or HTTPStatus.INTERNAL_SERVER_ERROR)
        headers: Mapping[str, str] = getattr(error, "litellm_response_headers", None) or {}
        trouble = trouble_of(status, f"{words} {getattr(error, 'body', '')}")
        if isinstance(error, litellm.exceptions.ContextWindowExceededError):
            trouble = Trouble.CONTEXT
        if isinstance(error, litellm.exceptions.APIConnectionError | litellm.exceptions.APIResponseValidationError):
            trouble = Trouble.BROKEN
        return ProviderFailure(trouble, words, retry_after(headers), self._key)

    async def close(self) -> None:
        """Close LiteLLM's pooled connections, and have it forget them, before the event loop ends."""
        await litellm.close_litellm_async_clients()  # pyright: ignore[reportPrivateImportUsage]
        litellm.in_memory_llm_clients_cache.flush_cache()


def _asked(request: ChatRequest) -> dict[str, Any]:
    return {
        "model": request.model,
        "messages": list(request.messages),
        "tools": list(request.tools) or None,
        "temperature": request.temperature,
        "seed": request.seed % 2**31,
        "response_format": None if request.shape is None else response_format(request.shape),
        "_skip_mcp_handler": True,  # it would import a package that nobody needs for tools like ours
        **request.params,
    }


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

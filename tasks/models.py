"""Models: the one place that turns a model's name into a ChatClient."""

import os
from functools import cache
from typing import Any

from domains import DOMAINS
from turnwright.errors import BadInput
from turnwright.llm.chat import ChatClient
from turnwright.llm.embedded import EmbeddedClient

EMBEDDED = "embedded/teacher"


@cache
def _lite() -> Any:
    # LiteLLM takes seconds to import, and most of what can be done here needs no provider.
    from turnwright.llm import lite  # noqa: PLC0415

    return lite


def client_for(model: str, api_base: str | None, api_key_env: str | None) -> ChatClient:
    """The way to this model.

    Raises:
        BadInput: for a model that nobody knows, or a key that is not in the environment.
    """
    if model == EMBEDDED:
        return EmbeddedClient({name: entry.playbook for name, entry in DOMAINS.items()})
    if "/" not in model or model.startswith("embedded/"):
        raise BadInput(f"there is no model {model!r}: use {EMBEDDED}, or a LiteLLM name such as openai/NAME")
    key = None
    if api_key_env is not None:
        key = os.environ.get(api_key_env)
        if not key:
            raise BadInput(f"the environment variable {api_key_env}, which should hold the API key, is not set")
    return _lite().client(model, api_base, key)


async def close_clients() -> None:
    """Close pooled connections before the event loop ends."""
    if _lite.cache_info().currsize:
        await _lite().close()

"""Models: the one place that turns a model's name into a ChatClient."""

import os
from functools import cache
from pathlib import Path
from typing import Any

from domains import DOMAINS
from training.checkpoint import checkpoint
from turnwright.errors import BadInput
from turnwright.llm.chat import ChatClient
from turnwright.llm.direct import DirectClient
from turnwright.llm.embedded import EmbeddedClient
from turnwright.llm.endpoint import Client, Endpoint, Endpoints, Patience, Say

EMBEDDED = "embedded/teacher"
TRAINED = "hf:"
"""Before the folder of a trained model, which is asked in this process."""
_KEYS = {"openai": "OPENAI_API_KEY", "hosted_vllm": "HOSTED_VLLM_API_KEY"}
_BASES = {"hosted_vllm": "HOSTED_VLLM_API_BASE"}
"""Where LiteLLM's users keep key and address of these providers."""


@cache
def _lite() -> Any:
    # LiteLLM takes seconds to import, and most of what can be done here needs no provider.
    from turnwright.llm import lite  # noqa: PLC0415

    return lite


class Models:
    """The ways to the models of one run; models at the same address share its pace."""

    def __init__(self, most: int, patience: Patience, say: Say) -> None:
        """`most` is how many requests there can be at a time; `say` is told in a line when a server is paused."""
        self._most = most
        self._patience = patience
        self._say = say
        self._in_process: dict[Path, ChatClient] = {}
        self._endpoints: dict[tuple[type[Client], str, str | None], Endpoint] = {}

    def client(self, model: str, api_base: str | None, api_key_env: str | None) -> ChatClient:
        """The way to this model; `api_base` may name several servers that serve it alike, with commas between.

        Raises:
            BadInput: for a model that nobody knows, or a key that is not in the environment.
        """
        if model == EMBEDDED:
            return EmbeddedClient({name: entry.playbook for name, entry in DOMAINS.items()})
        if model.startswith(TRAINED):
            return self._trained(Path(model.removeprefix(TRAINED)))
        provider, _, name = model.partition("/")
        if not name or provider == "embedded":
            raise BadInput(
                f"there is no model {model!r}: use {EMBEDDED}, hf:DIR, or a LiteLLM name such as openai/NAME"
            )
        key = _key(provider, api_key_env)
        addresses = _addresses(provider, api_base)
        if addresses and provider in _KEYS:
            return Endpoints([self._direct(address, key) for address in addresses], self._patience)
        return Endpoints([self._lite(model, address, key) for address in addresses or [None]], self._patience)

    def _trained(self, folder: Path) -> ChatClient:
        # torch takes seconds to import, and few runs have a trained model.
        from training.client import HfClient  # noqa: PLC0415

        return self._in_process.setdefault(folder, HfClient(checkpoint(folder)))

    def _direct(self, address: str, key: str | None) -> Endpoint:
        if not address.startswith(("http://", "https://")):
            raise BadInput(f"{address!r} is no address of a server: it should look like http://127.0.0.1:8000/v1")
        return self._endpoint(address, key, DirectClient(address, key))

    def _lite(self, model: str, address: str | None, key: str | None) -> Endpoint:
        return self._endpoint(address or model, key, _lite().client(model, address, key))

    def _endpoint(self, name: str, key: str | None, client: Client) -> Endpoint:
        known = (type(client), name, key)
        return self._endpoints.setdefault(known, Endpoint(name, client, self._most, self._say))

    async def close(self) -> None:
        """Close pooled connections before the event loop ends."""
        for endpoint in self._endpoints.values():
            await endpoint.close()


def _addresses(provider: str, api_base: str | None) -> list[str]:
    said = api_base or os.environ.get(_BASES.get(provider, ""), "")
    return [address.strip() for address in said.split(",") if address.strip()]


def _key(provider: str, api_key_env: str | None) -> str | None:
    if api_key_env is None:
        return os.environ.get(_KEYS.get(provider, "")) or None
    key = os.environ.get(api_key_env, "").strip()
    if not key:
        raise BadInput(f"the environment variable {api_key_env}, which should hold the API key, is not set")
    return key

"""Client: a trained model in this process, behind the ChatClient that every other model has.

All that is asked at the same time is answered in one batch, and what was computed of a conversation is kept until its
next turn: a turn costs its own tokens, not those of the talk before it. Conversations that begin alike, with the same
policy and tools, share what was computed of their beginning.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import torch
from transformers.cache_utils import Cache, DynamicLayer

from training.model import Loaded, load
from training.opening import States, opens, with_opening
from training.rendering import NotRendered
from turnwright.llm.chat import ChatReply, ChatRequest, Wire
from turnwright.llm.trouble import ProviderFailure, Trouble
from turnwright.record import content_hash, derive_seed

LONGEST_TURN = 512
"""Tokens of one message, unless the request says `max_tokens`."""
SHARE = 1 / 8
"""Of the memory that is free at first: attention that is kept at most, and that a batch has; of more, the oldest are
computed again. A batch, what comes of it and what is kept are there at once, beside what is computed."""
OPENINGS = 8
"""Beginnings that are kept beside them."""
BATCH = 64
PAUSE = 1 / 20
"""After a batch, of the time that it took."""


@dataclass(frozen=True)
class _Kept:
    ids: list[int]
    states: States

    @property
    def size(self) -> int:
        return sum(part.nbytes for layer in self.states for part in layer)

    def as_far_as(self, ids: Sequence[int]) -> "_Kept":
        """What it tells of these ids; the last of them is computed in any case."""
        same = min(_alike(self.ids, ids), len(ids) - 1)
        return _Kept(self.ids[:same], self.first(same))

    def first(self, tokens: int) -> States:
        """The attention over so many."""
        return [(keys[:, :tokens], values[:, :tokens]) for keys, values in self.states]


@dataclass
class _Asked:
    request: ChatRequest
    ids: list[int]
    opening: str
    """What it has in common with those that begin alike."""
    most: int
    """Tokens of the reply."""
    reply: asyncio.Future[list[int]]
    kept: _Kept | None = None
    """What is known of a part of `ids` already, cut to it."""

    @property
    def known(self) -> int:
        return len(self.kept.ids) if self.kept else 0


class HfClient:
    """Asks a checkpoint; one batch at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loaded: Loaded | None = None
        self._room = 0
        """Bytes of attention."""
        self._waiting = list[_Asked]()
        self._kept = OrderedDict[str, _Kept]()
        self._openings = OrderedDict[str, _Kept]()
        self._working: asyncio.Task[None] | None = None

    @property
    def loaded(self) -> Loaded:
        """The checkpoint, loaded when it is first asked for.

        Raises:
            BadInput: if there is none.
        """
        if self._loaded is None:
            self._loaded = load(self._folder)
            with_opening(self._loaded.model)
            self._room = int(SHARE * _free(self._loaded.model.device))
        return self._loaded

    async def chat(self, request: ChatRequest) -> ChatReply:
        """Ask once.

        Raises:
            ProviderFailure: CONTEXT, if the conversation is too long for the model; REFUSED, if `max_tokens` is none.
        """
        loaded, most = self.loaded, _most(request)
        try:
            ids = loaded.rendering.prompt(request.messages, request.tools)
        except NotRendered as error:
            raise ProviderFailure(Trouble.CONTEXT, str(error)) from error
        if len(ids) >= loaded.room:
            raise ProviderFailure(Trouble.CONTEXT, f"{len(ids)} tokens are too many for {self._folder.name}")
        asked = _Asked(request, ids, _key(request.messages[:1]), most, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())
        said = await asked.reply
        meant = loaded.rendering.said(request.messages, said)
        return ChatReply(meant.content, meant.tool_calls, tokens_in=len(ids), tokens_out=len(said))

    async def _work(self) -> None:
        await asyncio.sleep(0)  # whoever else is ready to ask does so first
        while self._waiting:
            batch, began = self._next(), time.monotonic()
            try:
                answers = await asyncio.to_thread(generate, self.loaded, batch)
            except Exception as error:
                for asked in batch:
                    if not asked.reply.done():  # whoever asked may have given up
                        asked.reply.set_exception(ProviderFailure(Trouble.BROKEN, f"{type(error).__name__}: {error}"))
                continue
            for asked, (said, states) in zip(batch, answers, strict=True):
                self._keep(asked, [*asked.ids, *said], states)
                if not asked.reply.done():
                    asked.reply.set_result(said)
            self._make_room()
            # Who was answered asks again soon. Else they and those who waited would take turns for ever, a batch each.
            await asyncio.sleep(PAUSE * (time.monotonic() - began))

    def _next(self) -> list[_Asked]:
        """The next batch, each with what is known of it. Of those that begin alike one goes first, for all others."""
        batch, later, begun = list[_Asked](), list[_Asked](), set[str]()
        room, rows = 0, self._room // _bytes_of_a_token(self.loaded.model.config)
        for asked in self._waiting:
            longest = max(room, len(asked.ids) + asked.most)
            fits = not batch or (len(batch) < BATCH and (len(batch) + 1) * longest <= rows)
            if fits and asked.opening not in begun:
                room = longest
                asked.kept = self._known(asked)
                if asked.kept is None:
                    begun.add(asked.opening)
                batch.append(asked)
            else:
                later.append(asked)
        self._waiting = later
        return batch

    def _known(self, asked: _Asked) -> _Kept | None:
        messages = asked.request.messages
        mine = [at for at, message in enumerate(messages) if message["role"] == "assistant"]
        kept = self._kept.pop(_key(messages[: mine[-1]]), None) if mine else None
        kept = kept or self._openings.get(asked.opening)
        return kept.as_far_as(asked.ids) if kept else None

    def _keep(self, asked: _Asked, ids: list[int], states: States) -> None:
        # The last token was said, but not read any more.
        kept = self._kept[_key(asked.request.messages)] = _Kept(ids[: states[0][0].shape[1]], states)
        if asked.kept is None:
            self._openings[asked.opening] = kept

    def _make_room(self) -> None:
        while len(self._openings) > OPENINGS:
            self._openings.popitem(last=False)
        while self._size() > self._room:
            (self._kept or self._openings).popitem(last=False)

    def _size(self) -> int:
        """In bytes; what is kept as a beginning as well counts once."""
        return sum({id(one): one.size for one in (*self._kept.values(), *self._openings.values())}.values())


def _most(request: ChatRequest) -> int:
    most = request.params.get("max_tokens")
    if most is None:
        return LONGEST_TURN
    if not isinstance(most, int) or most < 1:
        raise ProviderFailure(Trouble.REFUSED, f"max_tokens should be a number of tokens, and is {most!r}")
    return most


def _free(device: torch.device) -> int:
    """Bytes of memory."""
    return torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else psutil.virtual_memory().available


def _bytes_of_a_token(config: Any) -> int:
    """The attention over one token, with weights of 32 bits."""
    dimension = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return 2 * 4 * config.num_hidden_layers * config.num_key_value_heads * dimension


def _key(messages: Sequence[Wire]) -> str:
    return content_hash(list(messages))


def _alike(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens they have in common at the beginning."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _alike_in_all(batch: Sequence[_Asked]) -> int:
    """How many known tokens all have in common at the beginning: as many as the first and the last of them in order."""
    known = [asked.ids[: asked.known] for asked in batch]
    return _alike(min(known), max(known))


@torch.inference_mode()
def generate(loaded: Loaded, batch: Sequence[_Asked]) -> list[tuple[list[int], States]]:
    """The next message of each conversation, with the attention over all that was read.

    What is known of all alike is there once. Rows behind it are padded on the left: what else is known (batch, past),
    then what is new (batch, new), each with its pads; nothing attends to a pad, and positions count without pads.
    """
    model, device = loaded.model, loaded.model.device
    alike = _alike_in_all(batch) if opens(model) else 0
    opening = batch[0].kept.first(alike) if batch[0].kept and alike else None
    past, new = max(asked.known for asked in batch) - alike, max(len(asked.ids) - asked.known for asked in batch)
    ids = torch.zeros(len(batch), new, dtype=torch.long)
    mask = torch.zeros(len(batch), past + new, dtype=torch.long)
    for row, asked in enumerate(batch):
        fresh = asked.ids[asked.known :]
        ids[row, new - len(fresh) :] = torch.tensor(fresh)
        mask[row, past + alike - asked.known : past] = 1
        mask[row, past + new - len(fresh) :] = 1
    room = past + new + max(min(asked.most, loaded.room - len(asked.ids)) for asked in batch)
    mask, cache = mask.to(device), _cache(model, batch, alike, past, room)
    positions = alike + (mask.cumsum(1) - 1).clamp(min=0)[:, past:]
    said: list[list[int]] = [[] for _ in batch]
    dice = [torch.Generator().manual_seed(_seed(asked.request)) for asked in batch]
    states, rows = dict[int, States](), list(range(len(batch)))
    going = set(rows)
    step = ids.to(device)
    while rows:
        out = model(
            input_ids=step,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            opening=opening,
            logits_to_keep=1,
        )
        chosen = _chosen(out.logits[:, -1].float().cpu(), [batch[row] for row in rows], [dice[row] for row in rows])
        for row, token in zip(rows, chosen, strict=True):
            if row in going:
                said[row].append(token)
                if _is_over(loaded, batch[row], said[row]):
                    going.remove(row)
        if 2 * len(going) <= len(rows):  # a row that is over takes as long as one that goes on
            over = [(at, row) for at, row in enumerate(rows) if row not in going]
            behind = {row: len(batch[row].ids) + len(said[row]) - 1 - alike for _, row in over}
            states |= {row: _states(opening, cache, mask, at, behind[row]) for at, row in over}
            left = [at for at, row in enumerate(rows) if row in going]
            cache.batch_select_indices(torch.tensor(left, dtype=torch.long, device=device))
            mask, positions = mask[left], positions[left]
            rows, chosen = [rows[at] for at in left], [chosen[at] for at in left]
        step = torch.tensor(chosen, dtype=torch.long, device=device)[:, None]
        mask = torch.cat([mask, mask.new_ones(len(rows), 1)], dim=1)
        positions = positions[:, -1:] + 1
    return [(words, states[row]) for row, words in enumerate(said)]


def _is_over(loaded: Loaded, asked: _Asked, said: Sequence[int]) -> bool:
    full = len(asked.ids) + len(said) >= loaded.room or len(said) >= asked.most
    return full or said[-1] == loaded.rendering.end


def _seed(request: ChatRequest) -> int:
    """Another one each turn: a dialogue asks with one seed, and else all of its turns had the same luck."""
    return derive_seed(request.seed, len(request.messages))


def _chosen(logits: torch.Tensor, batch: Sequence[_Asked], dice: Sequence[torch.Generator]) -> list[int]:
    """The next token of each row (batch, vocabulary); greedy where the temperature is 0."""
    chosen = logits.argmax(-1).tolist()
    for row, asked in enumerate(batch):
        if asked.request.temperature > 0:
            weights = torch.softmax(logits[row] / asked.request.temperature, dim=-1)
            chosen[row] = int(torch.multinomial(weights, 1, generator=dice[row]))
    return chosen


class _Roomy(DynamicLayer):
    """A layer of a cache that has room for what comes; a growing one copies all that is there for every token."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self._room = room

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Add keys and values, each (batch, heads, tokens, dimension); gives all that are there."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
            rows, heads, _, dimension = key_states.shape
            self._all = [key_states.new_empty(rows, heads, self._room, dimension) for _ in range(2)]
        past = self.get_seq_length()
        until = past + key_states.shape[2]
        for whole, part in zip(self._all, (key_states, value_states), strict=True):
            whole[:, :, past:until] = part
        self.keys, self.values = (whole[:, :, :until] for whole in self._all)
        return self.keys, self.values

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        """Keep these rows."""
        until = self.get_seq_length()
        self._all = [whole[indices] for whole in self._all]
        self.keys, self.values = (whole[:, :, :until] for whole in self._all)


def _cache(model: Any, batch: Sequence[_Asked], alike: int, past: int, room: int) -> Cache:
    """What is known of a batch behind what is alike, with room for so many tokens."""
    cache = Cache(layers=[_Roomy(room) for _ in range(model.config.num_hidden_layers)])
    if not past:
        return cache
    some = next(asked.kept for asked in batch if asked.kept)
    for layer, (keys, _) in enumerate(some.states):
        heads, _, dimension = keys.shape
        both = [keys.new_zeros(len(batch), heads, past, dimension) for _ in range(2)]
        for row, asked in enumerate(batch):
            if asked.kept:
                for whole, part in zip(both, asked.kept.states[layer], strict=True):
                    whole[row, :, past + alike - asked.known :] = part[:, alike:]
        cache.update(both[0], both[1], layer)
    return cache


def _states(opening: States | None, cache: Any, mask: torch.Tensor, row: int, tokens: int) -> States:
    """The attention of one row, without pads and what came after its end: the opening, and so many tokens behind it."""
    read = mask[row, : cache.get_seq_length()].nonzero().flatten()[:tokens]
    own = [(layer.keys[row][:, read], layer.values[row][:, read]) for layer in cache.layers]
    if opening is None:
        return own
    return [
        (torch.cat([keys, more], dim=1), torch.cat([values, others], dim=1))
        for (keys, values), (more, others) in zip(opening, own, strict=True)
    ]

"""The reader's network in torch: MiniLM over question and definition together, with one score."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


class ReaderNetwork(nn.Module):
    """`bert` (a `BertModel` without pooler) over a pair; it begins as the cosine of both halves' means.

    That is what the sentence encoder was trained for, so that little has to be learned anew.
    """

    def __init__(self, bert: Any, width: int = 384) -> None:
        super().__init__()
        self.bert = bert
        self.score = nn.Sequential(nn.Linear(4 * width, 128), nn.GELU(), nn.Linear(128, 1))
        nn.init.zeros_(self.score[2].weight)
        nn.init.zeros_(self.score[2].bias)
        self.scale = nn.Parameter(torch.tensor(12.0))

    def forward(self, ids: Tensor, mask: Tensor, segments: Tensor) -> Tensor:
        """Scores [pairs] from integer tensors [pairs, pieces]; `segments` is 1 for the definition."""
        states = self.bert(
            input_ids=ids, attention_mask=mask, token_type_ids=segments
        ).last_hidden_state
        asked, told = (
            (states * part.unsqueeze(-1)).sum(1) / part.sum(1, keepdim=True).clamp(min=1)
            for part in (
                (mask * (1 - segments)).to(states.dtype),
                (mask * segments).to(states.dtype),
            )
        )
        product = functional.normalize(asked, dim=-1) * functional.normalize(told, dim=-1)
        read = self.score(torch.cat([asked, told, product * 20, states[:, 0]], -1))
        return self.scale * product.sum(-1) + read.squeeze(-1)

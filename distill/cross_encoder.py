"""The support layer's network in torch: the first layers of MiniLM over a pair, with one score."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..formatter.support_features import COUNT
from .network import Network


class CrossEncoder(nn.Module):
    """`base`'s embeddings (pieces of `order` only) and first `layers` layers; one logit a row.

    `marks`: how many marks there are (see `formatter/support.py`); their vectors start at zero.
    """

    def __init__(self, base: Network, layers: int, order: Sequence[int], marks: int) -> None:
        super().__init__()
        width = base.words.weight.shape[1]
        self.words = nn.Embedding.from_pretrained(
            base.words.weight.detach()[torch.tensor(order)].clone(), freeze=False
        )
        self.positions = base.positions
        self.segments = base.segments
        self.marks = nn.Embedding(marks, width)
        nn.init.zeros_(self.marks.weight)
        self.norm = base.norm
        self.layers = nn.ModuleList(list(base.layers)[:layers])
        self.dropout = base.dropout
        self.score = nn.Sequential(
            nn.Linear(2 * width + COUNT, 128), nn.GELU(), nn.Dropout(0.1), nn.Linear(128, 1)
        )
        self.counted = nn.Sequential(nn.Linear(COUNT, 48), nn.GELU(), nn.Linear(48, 1))

    def forward(
        self, ids: Tensor, mask: Tensor, segments: Tensor, marks: Tensor, counted: Tensor
    ) -> Tensor:
        """Logits [rows] from integer tensors [rows, pieces] and `counted` [rows, COUNT]."""
        place = torch.arange(ids.shape[1], device=ids.device)[None]
        states = (
            self.words(ids) + self.positions(place) + self.segments(segments) + self.marks(marks)
        )
        states = functional.dropout(self.norm(states), self.dropout, self.training)
        keep = mask.to(states.dtype)
        bias = (1.0 - keep)[:, None, None, :] * -10000.0
        for layer in self.layers:
            states = layer(states, bias)
        own = keep * (1 - segments).to(states.dtype)  # the sentence's pieces
        mean = (states * own[..., None]).sum(1) / own.sum(1, keepdim=True)
        read = self.score(torch.cat([states[:, 0], mean, counted], -1))
        return (read + self.counted(counted)).squeeze(-1)

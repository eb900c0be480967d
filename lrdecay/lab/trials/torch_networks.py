"""Networks that PyTorch trains, and adapters on them."""

from __future__ import annotations

from typing import Any

from .adapters import SCALE
from .data import CLASSES, Images, Text
from .design import Model
from .records import torch_or_say


def build(model: Model, loaded: Images | Text) -> Any:
    """Return a network, its weights drawn from PyTorch's generator."""
    if isinstance(loaded, Images):
        return _convolutional(*model.sizes, loaded.train[0].shape[1], CLASSES[model.data])
    return _transformer(CLASSES[model.data], *model.sizes)


def _convolutional(first: int, second: int, pixels: int, classes: int) -> Any:
    """Return two 3x3 convolutions, each with ReLU and 2x2 pooling, and a linear layer."""
    nn = torch_or_say().nn
    side = round(pixels**0.5)
    return nn.Sequential(
        nn.Unflatten(1, (1, side, side)),
        nn.Conv2d(1, first, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(first, second, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(second * (side // 4) ** 2, classes),
    )


def _transformer(symbols: int, depth: int, width: int, heads: int, context: int) -> Any:
    """Return a causal transformer with the norms before its blocks and learned positions.

    Weights are normal with a deviation of 0.02, those that write to the residual stream smaller by
    the root of twice the depth. There are no biases.
    """
    torch = torch_or_say()
    nn = torch.nn

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm1, self.norm2 = (nn.LayerNorm(width, bias=False) for _ in range(2))
            self.attend = nn.Linear(width, 3 * width, bias=False)
            self.join = nn.Linear(width, width, bias=False)
            self.grow = nn.Linear(width, 4 * width, bias=False)
            self.shrink = nn.Linear(4 * width, width, bias=False)

        def forward(self, x: Any) -> Any:
            size, length, _ = x.shape
            parts = self.attend(self.norm1(x)).view(size, length, 3, heads, width // heads)
            q, k, v = parts.permute(2, 0, 3, 1, 4)
            mixed = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.join(mixed.transpose(1, 2).reshape(size, length, width))
            return x + self.shrink(nn.functional.gelu(self.grow(self.norm2(x))))

    class Transformer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.symbols = nn.Embedding(symbols, width)
            self.places = nn.Embedding(context, width)
            self.blocks = nn.Sequential(*(Block() for _ in range(depth)))
            self.norm = nn.LayerNorm(width, bias=False)
            self.head = nn.Linear(width, symbols, bias=False)
            for name, weight in self.named_parameters():
                if weight.ndim == 2:
                    writes = name.endswith(("join.weight", "shrink.weight"))
                    nn.init.normal_(weight, 0.0, 0.02 / ((2 * depth) ** 0.5 if writes else 1.0))

        def forward(self, codes: Any) -> Any:
            places = self.places.weight[: codes.shape[1]]
            return self.head(self.norm(self.blocks(self.symbols(codes) + places)))

    return Transformer()


def stages(net: Any) -> list[list[Any]]:
    """Return the modules with weights, from the input on: embeddings, blocks or layers, the last.

    The norm before the last layer belongs to it.
    """
    if hasattr(net, "blocks"):
        blocks = [[block] for block in net.blocks]
        return [[net.symbols, net.places], *blocks, [net.norm, net.head]]
    return [[layer] for layer in net if hasattr(layer, "weight")]


def hidden(net: Any) -> list[Any]:
    """Return the modules whose weights are the hidden matrices, a kernel's as (outputs, rest)."""
    nn = torch_or_say().nn
    inside = net.blocks if hasattr(net, "blocks") else net[:-1]
    return [each for each in inside.modules() if isinstance(each, (nn.Linear, nn.Conv2d))]


def weights(net: Any) -> list[Any]:
    """Return the weights that a network computes with, in the order of its parameters if plain."""
    kind, names = torch_or_say().Tensor, ("weight", "bias")
    found = (getattr(module, name, None) for module in net.modules() for name in names)
    return [each for each in found if isinstance(each, kind)]


# --- adapters ------------------------------------------------------------------------------------


def adapt(net: Any, rank: int) -> None:
    r"""Train products of low rank in the place of hidden matrices: $W = W_0 + 2\, B A$.

    $A$ (rank, inputs) begins normal with variance 1 / inputs, $B$ (outputs, rank) at 0. Embeddings
    and the last layer are trained as they are, all else stays.

    Source:
        E. Hu et al., arXiv:2106.09685.
    """
    torch = torch_or_say()

    class Product(torch.nn.Module):
        def __init__(self, weight: Any) -> None:
            super().__init__()
            outputs, inputs = weight.flatten(1).shape
            first = torch.randn(rank, inputs) * inputs**-0.5
            self.a = torch.nn.Parameter(first.to(weight.device))
            self.b = torch.nn.Parameter(weight.new_zeros(outputs, rank))

        def forward(self, weight: Any) -> Any:
            return weight + SCALE * (self.b @ self.a).view_as(weight)

    last = stages(net)[-1][-1]
    for module in net.modules():
        if module is not last and not isinstance(module, torch.nn.Embedding):
            for weight in module.parameters(recurse=False):
                weight.requires_grad_(False)
    for module in hidden(net):
        product = Product(module.weight)
        torch.nn.utils.parametrize.register_parametrization(module, "weight", product)


def merge(net: Any) -> None:
    """Add the products to their matrices, which makes a network plain again."""
    parametrize = torch_or_say().nn.utils.parametrize
    for module in hidden(net):
        if parametrize.is_parametrized(module):
            parametrize.remove_parametrizations(module, "weight")

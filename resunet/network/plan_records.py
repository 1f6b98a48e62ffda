"""What a network consists of, as plain records: for tables and pictures. Free of Keras."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

Shape = tuple[int, int, int]
"""(rows, columns, feature maps)."""

Kind = Literal[
    "input",
    "residual_conv",
    "residual_linear",
    "conv",
    "pool",
    "up_convolution",
    "skip",
    "upsample",
    "output",
]
"""The paper's kinds of blocks; ``"skip"`` joins the encoder's maps, ``"upsample"`` is bilinear.
``"conv"`` is the block of a plain U-Net."""


class Dropout(NamedTuple):
    """The spatial dropout at a block's end.

    Attributes:
        mask: Name of the network's input that holds its mask.
        rate: Probability that a feature map is dropped.
    """

    mask: str
    rate: float


@dataclass(frozen=True)
class Block:
    """A few layers that the paper names together.

    Attributes:
        name: Begins the names of its layers, such as ``"encoder_3_block_2"``.
        kind: What it is.
        level: ``"input"``, ``"encoder_1"`` … ``"decoder_1"``, ``"output"``.
        sources: Names of the blocks it takes its input from.
        shapes_in: Their output shapes.
        shape_out: Its own.
        layers: Its layers in words, from input to output.
        shortcut: Layers beside them, on the way round a residual block.
        trainable: Number of parameters that training changes.
        fixed: Number of those it does not: the moving averages of batch normalisation.
        dropout: The dropout at its end; None where the network has none there.
        output_layer: Name of the Keras layer that gives its output.
        field_first: For each row of its output (or column: it is the same), the first row of
            the picture that can change it. Before 0 where it reaches beyond the picture.
        field_last: The last such row.
    """

    name: str
    kind: Kind
    level: str
    sources: tuple[str, ...]
    shapes_in: tuple[Shape, ...]
    shape_out: Shape
    layers: tuple[str, ...]
    shortcut: tuple[str, ...]
    trainable: int
    fixed: int
    dropout: Dropout | None
    output_layer: str
    field_first: tuple[int, ...]
    field_last: tuple[int, ...]

    @property
    def parameters(self) -> int:
        """All its parameters."""
        return self.trainable + self.fixed

    @property
    def field_px(self) -> int:
        """Side of the theoretical receptive field in pixels of the picture.

        That of the output pixel which sees most: in the decoder, neighbours differ by a few.
        """
        return max(
            last - first + 1 for first, last in zip(self.field_first, self.field_last, strict=True)
        )


class Level(NamedTuple):
    """The blocks of one level together.

    Attributes:
        name: As `Block.level`.
        shape_out: What leaves it.
        parameters: All of its blocks' parameters.
    """

    name: str
    shape_out: Shape
    parameters: int


@dataclass(frozen=True)
class Plan:
    """A network, block by block in the order of computing.

    Attributes:
        input_size: Side of the picture in pixels.
        blocks: The first is the input, the last the output.
    """

    input_size: int
    blocks: tuple[Block, ...]

    @property
    def trainable(self) -> int:
        """Trainable parameters of the whole."""
        return sum(block.trainable for block in self.blocks)

    @property
    def fixed(self) -> int:
        """Parameters of the whole that training does not change."""
        return sum(block.fixed for block in self.blocks)

    @property
    def encoder(self) -> int:
        """All parameters of the encoder; the rest belongs to the decoder and the output."""
        return _parameters(block for block in self.blocks if block.level.startswith("encoder"))

    def block(self, name: str) -> Block:
        """The block of a name.

        Raises:
            KeyError: If there is none.
        """
        return {block.name: block for block in self.blocks}[name]

    def levels(self) -> tuple[Level, ...]:
        """The levels in the order of computing, without the input."""
        names = dict.fromkeys(block.level for block in self.blocks if block.kind != "input")
        return tuple(self._level(name) for name in names)

    def _level(self, name: str) -> Level:
        blocks = [block for block in self.blocks if block.level == name]
        return Level(name, blocks[-1].shape_out, _parameters(blocks))


def _parameters(blocks: Iterable[Block]) -> int:
    return sum(block.parameters for block in blocks)

"""Blocks, shapes and numbers in words."""

from collections.abc import Iterable, Sequence
from textwrap import wrap

from resunet.network.plan_records import Block, Plan, Shape

_KINDS = {
    "input": "Input",
    "residual_conv": "Residual conv block: 1×1 convolution on the way round",
    "residual_linear": "Residual linear block: the input itself on the way round",
    "conv": "Conv block: nothing added on the way round",
    "pool": "Max pooling: half the resolution",
    "up_convolution": "Up-convolution: twice the resolution",
    "skip": "The encoder's maps joined in",
    "upsample": "Bilinear: twice the resolution",
    "output": "Probability of tumour, pixel by pixel",
}
_PARTS = {
    "pool": "pooling",
    "up_convolution": "up-convolution",
    "skip": "skip joined",
    "upsample": "upsampling",
    "output": "probability",
}
_LINE = 62


def block_title(block: Block) -> str:
    """A block's name, such as ``"Encoder 3, block 2"``."""
    if block.kind == "input":
        return "Input"
    level = level_title(block.level)
    number = block.name.rpartition("_block")[2].replace("_", " ")
    return f"{level}, {_PARTS.get(block.kind, f'block{number}')}"


def level_title(level: str) -> str:
    """A level's name, such as ``"Encoder 3"``."""
    return level.replace("_", " ").capitalize()


def block_details(block: Block, plan: Plan) -> tuple[str, ...]:
    """Title, kind, shapes, layers, parameters, dropout and receptive field, line by line."""
    lines = [block_title(block), _KINDS[block.kind]]
    if block.kind == "input":
        return (*lines, f"{shape_text(block.shape_out)}: the contrasts t1, t1ce, t2, flair")
    before = " and ".join(map(shape_text, block.shapes_in))
    lines.append(f"{before} → {shape_text(block.shape_out)}")
    lines += wrap("Layers: " + " → ".join(block.layers), _LINE)
    if block.shortcut:
        lines.append("Way round: " + " → ".join(block.shortcut))
    if block.parameters:
        fixed = f" + {block.fixed:,} moving averages" if block.fixed else ""
        lines.append(f"Parameters: {block.trainable:,} trainable{fixed}")
    if block.dropout:
        lines.append(
            f"Dropout: {block.dropout.mask}, each map with probability {block.dropout.rate:g}"
        )
    lines.append(f"Receptive field: {field_text(block, plan)}")
    return tuple(lines)


def field_text(block: Block, plan: Plan) -> str:
    """The side of a block's theoretical receptive field, and whether it is the whole picture."""
    side = f"{block.field_px} × {block.field_px} px"
    if block.field_px < plan.input_size:
        return side
    return f"{side}, more than the whole picture of {plan.input_size} × {plan.input_size}"


def shape_text(shape: Shape) -> str:
    """A shape such as ``"16×16×64"``."""
    return "×".join(map(str, shape))


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]], align: str) -> str:
    """A table in Markdown, which costs no pandas.

    Args:
        header: Names of the columns.
        rows: Their cells.
        align: For each column ``l``, ``c`` or ``r``.
    """
    marks = {"l": ":--", "c": ":-:", "r": "--:"}
    lines = [header, [marks[letter] for letter in align], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)

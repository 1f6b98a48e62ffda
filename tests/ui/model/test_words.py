from resunet.network.plan_records import Block, Dropout, Plan
from resunet.ui.model.words import block_details, block_title, markdown_table, shape_text


def make_block(name, kind, level, **changes):
    values = {
        "sources": ("images",),
        "shapes_in": ((16, 16, 64),),
        "shape_out": (8, 8, 128),
        "layers": ("3×3 conv", "ReLU"),
        "shortcut": (),
        "trainable": 1234,
        "fixed": 0,
        "dropout": None,
        "output_layer": "x",
        "field_first": (-3, 1),
        "field_last": (6, 9),
    }
    return Block(name=name, kind=kind, level=level, **(values | changes))


BLOCK = make_block(
    "encoder_3_block_2",
    "residual_conv",
    "encoder_3",
    shortcut=("1×1 conv",),
    fixed=56,
    dropout=Dropout("mask_04", 0.1),
)


def test_titles():
    assert block_title(BLOCK) == "Encoder 3, block 2"
    assert block_title(make_block("images", "input", "input")) == "Input"
    assert block_title(make_block("encoder_1_pool", "pool", "encoder_1")) == "Encoder 1, pooling"
    up = make_block("decoder_4_up", "up_convolution", "decoder_4")
    assert block_title(up) == "Decoder 4, up-convolution"
    assert (
        block_title(make_block("decoder_4_skip", "skip", "decoder_4")) == "Decoder 4, skip joined"
    )
    block = make_block("decoder_4_block", "residual_conv", "decoder_4")
    assert block_title(block) == "Decoder 4, block"
    assert block_title(make_block("output_up", "upsample", "output")) == "Output, upsampling"
    last = make_block("output_block_2", "residual_linear", "output")
    assert block_title(last) == "Output, block 2"
    assert block_title(make_block("output", "output", "output")) == "Output, probability"


def test_details_of_a_block():
    assert block_details(BLOCK, Plan(64, (BLOCK,))) == (
        "Encoder 3, block 2",
        "Residual conv block: 1×1 convolution on the way round",
        "16×16×64 → 8×8×128",
        "Layers: 3×3 conv → ReLU",
        "Way round: 1×1 conv",
        "Parameters: 1,234 trainable + 56 moving averages",
        "Dropout: mask_04, each map with probability 0.1",
        "Receptive field: 10 × 10 px",
    )


def test_details_that_a_block_lacks_are_left_out():
    pool = make_block("encoder_1_pool", "pool", "encoder_1", trainable=0)
    told = "\n".join(block_details(pool, Plan(64, (pool,))))
    for word in ("Parameters", "Dropout", "Way round"):
        assert word not in told


def test_a_field_as_large_as_the_picture_is_said_to_be():
    small = Plan(8, (BLOCK,))
    assert block_details(BLOCK, small)[-1].endswith(
        "10 × 10 px, more than the whole picture of 8 × 8"
    )


def test_shapes_and_tables():
    assert shape_text((8, 8, 128)) == "8×8×128"
    table = markdown_table(("A", "B"), [("1", "2"), ("3", "")], "lr")
    assert table == "| A | B |\n| :-- | --: |\n| 1 | 2 |\n| 3 |  |"

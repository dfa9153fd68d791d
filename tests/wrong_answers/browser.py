"""Common wrong answers to the exercises of book/browser.md: each must be refused.

WRONG maps an exercise's id to its wrong answers; each gives, for every framework, code that replaces the starter.
Each is the solution with one mistake put in, so that only the mistake can be what is refused.
"""

from pathlib import Path

from triptych.chapter import read
from triptych.course import FRAMEWORKS, Course


def solutions():
    """The solutions of the chapter, by exercise and framework."""
    found, identity = {}, None
    for cell in read(Course(Path(__file__).parents[2]), "browser").cells:
        if cell.role == "exercise":
            identity = cell.options["id"]
        if cell.role == "solution":
            found[identity, cell.framework] = cell.source
    return found


RIGHT = solutions()


def mistaken(identity, **mistakes):
    """The solution of each framework with pieces replaced; raises ValueError if a piece is not in it."""
    wrong = {}
    for framework in FRAMEWORKS:
        code = RIGHT[identity, framework]
        for old, new in mistakes[framework]:
            if old not in code:
                raise ValueError(f"{identity}, {framework}: the solution has no {old!r}: mend this wrong answer")
            code = code.replace(old, new)
        wrong[framework] = code
    return wrong


# Sixteen neighbours along a row instead of a block; shares of ink instead of counts.
ALONG_A_ROW = {
    "keras": [("(-1, 8, 4, 8, 4)", "(-1, 64, 4, 4, 1)"), ("axis=(2, 4)", "axis=(2, 3, 4)")],
    "tensorflow": [("(-1, 8, 4, 8, 4)", "(-1, 64, 4, 4, 1)"), ("axis=(2, 4)", "axis=(2, 3, 4)")],
    "pytorch": [("-1, 8, 4, 8, 4", "-1, 64, 4, 4, 1"), ("dim=(2, 4)", "dim=(2, 3, 4)")],
}
SHARES = {
    "keras": [("keras.ops.sum(", "keras.ops.mean(")],
    "tensorflow": [("tf.reduce_sum(", "tf.reduce_mean(")],
    "pytorch": [("blocks.sum(", "blocks.mean(")],
}
FIXED = {
    "keras": [("(-1, 8, 4, 8, 4)", "(2, 8, 4, 8, 4)")],
    "tensorflow": [("(-1, 8, 4, 8, 4)", "(2, 8, 4, 8, 4)")],
    "pytorch": [("-1, 8, 4, 8, 4", "2, 8, 4, 8, 4")],
}
BY_COLUMNS = {
    "keras": [("keras.ops.sum(blocks, axis=(2, 4))", "keras.ops.transpose(keras.ops.sum(blocks, axis=(2, 4)), (0, 2, 1))")],
    "tensorflow": [("tf.reduce_sum(blocks, axis=(2, 4))", "tf.transpose(tf.reduce_sum(blocks, axis=(2, 4)), (0, 2, 1))")],
    "pytorch": [("blocks.sum(dim=(2, 4))", "blocks.sum(dim=(2, 4)).mT")],
}
RATE_IGNORED = dict.fromkeys(FRAMEWORKS, [("rate * 1e6", "1e7")])
TWO_SIDES = {
    "keras": [("int(keras.ops.size(model))", "model.shape[0] * model.shape[1]")],
    "tensorflow": [("int(tf.size(model))", "model.shape[0] * model.shape[1]")],
    "pytorch": [("model.numel()", "model.shape[0] * model.shape[1]")],
}
BITS_FORGOTTEN = dict.fromkeys(FRAMEWORKS, [("8 * sent", "sent")])
NOT_PACKED = dict.fromkeys(FRAMEWORKS, [("len(gzip.compress(runtime))", "len(runtime)")])
AS_HELD = {
    "keras": [("4 * numbers", "keras.ops.convert_to_numpy(model).nbytes")],
    "tensorflow": [("4 * int(tf.size(model))", "model.numpy().nbytes")],
    "pytorch": [("4 * model.numel()", "model.numel() * model.element_size()")],
}
SINGLE_ONES_TOO = {
    "keras": [(" and value.size > 1", "")],
    "tensorflow": [(" if size > 1", "")],
    "pytorch": [(" if size > 1", "")],
}
KERNELS_ONLY = {
    "keras": [("value.size > 1", "value.ndim > 1")],
    "tensorflow": [('if one["dtype"] == "float32"', 'if len(one["shape"]) > 1')],
    "pytorch": [("if one.data_type == onnx.TensorProto.FLOAT", "if len(one.dims) > 1")],
}
WHOLE_NUMBERS_TOO = {
    "keras": [("value.dtype == np.float32 and ", "")],
    "tensorflow": [(' if one["dtype"] == "float32"', "")],
    "pytorch": [("if one.data_type == onnx.TensorProto.FLOAT", "")],
}
ALWAYS_39 = {
    "keras": [("return found", "return 39")],
    "tensorflow": [("return sum(size for size in sizes if size > 1)", "return 39")],
    "pytorch": [("return sum(size for size in sizes if size > 1)", "return 39")],
}
WRONG = {
    "counting": [mistaken("counting", **ALONG_A_ROW), mistaken("counting", **SHARES), mistaken("counting", **FIXED), mistaken("counting", **BY_COLUMNS)],
    "seconds": [mistaken("seconds", **BITS_FORGOTTEN), mistaken("seconds", **NOT_PACKED), mistaken("seconds", **AS_HELD), mistaken("seconds", **RATE_IGNORED), mistaken("seconds", **TWO_SIDES)],
    "held": [mistaken("held", **SINGLE_ONES_TOO), mistaken("held", **KERNELS_ONLY), mistaken("held", **WHOLE_NUMBERS_TOO), mistaken("held", **ALWAYS_39)],
}

"""Common wrong answers to the exercises of book/edge.md: each must be refused.

WRONG maps an exercise's id to its wrong answers; each gives, for every framework, code that replaces the starter.
Each is the solution with one mistake put in, so that only the mistake can be what is refused.
"""

from altered import mistakes_of

from triptych.course import FRAMEWORKS

mistaken = mistakes_of("edge")


def everywhere(*mistakes):
    """The same mistakes in all frameworks."""
    return dict.fromkeys(FRAMEWORKS, list(mistakes))


NOT_WIDENED = {
    "keras": [("min(0.0, float(keras.ops.min(tensor)))", "float(keras.ops.min(tensor))")],
    "tensorflow": [("min(0.0, float(tf.reduce_min(tensor)))", "float(tf.reduce_min(tensor))")],
    "pytorch": [("min(0.0, float(tensor.min()))", "float(tensor.min())")],
}
TRUNCATED = everywhere(("round(-128 - low / scale)", "int(-128 - low / scale)"))
TOO_MANY_STEPS = everywhere(("/ 255", "/ 256"))
LOWEST_IS_ZERO = everywhere(("round(-128 - low / scale)", "-128"))

SMALL_BIASES = {
    "keras": [('found["int8"] += 4 * array.size', 'found["int8"] += array.size')],
    "tensorflow": [('found["int8"] += 4 * array.size', 'found["int8"] += array.size')],
    "pytorch": [('found["int8"] += 4 * tensor.numel()', 'found["int8"] += tensor.numel()')],
}
SCALE_PER_INPUT = {
    "keras": [("array.shape[1]", "array.shape[0]")],
    "tensorflow": [("array.shape[1]", "array.shape[0]")],
    "pytorch": [("tensor.shape[0]", "tensor.shape[1]")],
}
SCALES_OF_BIASES = {
    "keras": [("array.size + 4 * array.shape[1]", "array.size"), ("+= 4 * array.size\n    return", "+= 8 * array.size\n    return")],
    "tensorflow": [("array.size + 4 * array.shape[1]", "array.size"), ("+= 4 * array.size\n    return", "+= 8 * array.size\n    return")],
    "pytorch": [("tensor.numel() + 4 * tensor.shape[0]", "tensor.numel()"), ("+= 4 * tensor.numel()\n    return", "+= 8 * tensor.numel()\n    return")],
}
CONSTANT = everywhere(("return found", 'return {"float32": 19240, "int8": 5328}'))

NOT_CLIPPED = everywhere(("np.clip(np.round(x / scale + zero), -128, 127)", "np.round(x / scale + zero)"))
ANSWER_WITHOUT_ZERO = everywhere(('(q.astype("float32") - zero) * ', 'q.astype("float32") * '))
INPUT_WITHOUT_ZERO = everywhere(("np.round(x / scale + zero)", "np.round(x / scale)"))
CUT_OFF = everywhere(("np.round(x / scale + zero)", "x / scale + zero"))
WRAPPED = everywhere(('(q.astype("float32") - zero) * ', "(q - zero) * "))
FLOATS = everywhere(('(q.astype("float32") - zero) * np.float32(scale)', 'x @ np.arange(-4, 4, dtype="float32").reshape(4, 2)'))
GRID_OF_REACH_1 = {
    "keras": [('before["quantization"]', "3 / 255, -43"), ('after["quantization"]', "26 / 255, 9")],
    "tensorflow": [('before["quantization"]', "3 / 255, -43"), ('after["quantization"]', "26 / 255, 9")],
    "pytorch": [('grids["input"]', "3 / 255, -43"), ('grids["output"]', "26 / 255, 9")],
}

SCALE_PER_ROW = {
    "keras": [("axis=0", "axis=1")],
    "tensorflow": [("axis=0", "axis=1")],
    "pytorch": [("dim=1", "dim=0")],
}
DIVIDED_BY_ZERO = {
    "keras": [("keras.ops.where(top == 0, 1.0, top / 127)", "top / 127")],
    "tensorflow": [("tf.where(top == 0, 1.0, top / 127)", "top / 127")],
    "pytorch": [("torch.where(top == 0, 1.0, top / 127)", "top / 127")],
}
TEN_TIMES_AS_FINE = {
    "keras": [(", axis=0, keepdims=True", ""), ("/ 127", "/ 1270")],
    "tensorflow": [(", axis=0, keepdims=True", ""), ("/ 127", "/ 1270")],
    "pytorch": [("dim=1, keepdim=True", ""), ("/ 127", "/ 1270")],
}
NOT_ROUNDED = {
    "keras": [("keras.ops.round(kernel / scale)", "(kernel / scale)")],
    "tensorflow": [("tf.round(kernel / scale)", "(kernel / scale)")],
    "pytorch": [("torch.round(kernel / scale)", "(kernel / scale)")],
}

WRONG = {
    "grid": [mistaken("grid", **one) for one in (NOT_WIDENED, TRUNCATED, TOO_MANY_STEPS, LOWEST_IS_ZERO)],
    "size": [mistaken("size", **one) for one in (SMALL_BIASES, SCALE_PER_INPUT, SCALES_OF_BIASES, CONSTANT)],
    "client": [
        mistaken("client", **one)
        for one in (
            NOT_CLIPPED,
            ANSWER_WITHOUT_ZERO,
            INPUT_WITHOUT_ZERO,
            CUT_OFF,
            WRAPPED,
            FLOATS,
            GRID_OF_REACH_1,
        )
    ],
    "columns": [
        mistaken("columns", **one) for one in (SCALE_PER_ROW, DIVIDED_BY_ZERO, TEN_TIMES_AS_FINE, NOT_ROUNDED)
    ],
}

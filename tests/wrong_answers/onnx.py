"""Common wrong answers to the exercises of book/onnx.md: each must be refused.

WRONG maps an exercise's id to its wrong answers; each gives, for every framework, code that replaces the starter.
Each is the solution with one mistake put in, so that only the mistake can be what is refused.
"""

from altered import mistakes_of

from triptych.course import FRAMEWORKS

mistaken = mistakes_of("onnx")


NOT_DIVIDED = {
    "keras": [("dense(pixels / 16)", "dense(pixels)")],
    "tensorflow": [("x / 16 @", "x @")],
    "pytorch": [("x / 16 @", "x @")],
}
NO_NAME = {
    "keras": [('{"probabilities": p}', "p")],
    "tensorflow": [('{"probabilities": p}', "p")],
    "pytorch": [('output_names=["probabilities"]', "")],
}
FROZEN = {
    "keras": [("write(net, path)", "write(net, path, rows=3)")],
    "tensorflow": [("(None, 64)", "(3, 64)")],
    "pytorch": [("torch.ones(2, 64)", "torch.ones(3, 64), dynamic_shapes=None")],
}
COLUMNS = {  # a softmax over the rows
    "keras": [("keras.ops.softmax(dense(pixels / 16))", "keras.ops.softmax(dense(pixels / 16), axis=0)")],
    "tensorflow": [("tf.nn.softmax(x / 16 @ kernel + bias)", "tf.nn.softmax(x / 16 @ kernel + bias, axis=0)")],
    "pytorch": [("torch.softmax(x, 1)", "torch.softmax(x, 0)")],
}

FACTORIAL_ONCE = dict.fromkeys(FRAMEWORKS, [("k**2", "k")])
TOO_FEW = dict.fromkeys(FRAMEWORKS, [("range(1, 20)", "range(1, 6)")])
SIGN = dict.fromkeys(FRAMEWORKS, [("x * x / 4", "-x * x / 4")])
POSITIVE_ONLY = {  # right for x >= 0
    "keras": [("x * x / 4", "keras.ops.relu(x) * x / 4")],
    "tensorflow": [("x * x / 4", "tf.nn.relu(x) * x / 4")],
    "pytorch": [("x * x / 4", "torch.relu(x) * x / 4")],
}
NOT_AN_OPERATOR = {  # what no exporter translates; Keras has no Bessel function, so another stands for it
    "keras": [("    return total", "    return total + keras.ops.erfinv(0 * x)")],
    "tensorflow": [("    return total", "    return tf.math.bessel_i0(x)")],
    "pytorch": [("    return total", "    return torch.special.i0(x)")],
}

ONE_BATCH = dict.fromkeys(FRAMEWORKS, [("(1, 3, 8)", "(8,)")])
ONE_ROW = dict.fromkeys(FRAMEWORKS, [("(1, 3, 8)", "(1,)")])
THREE_ROWS = dict.fromkeys(FRAMEWORKS, [("(1, 3, 8)", "(3,)")])
RAISES = dict.fromkeys(FRAMEWORKS, [("except Exception:", "except KeyError:")])
LENIENT = dict.fromkeys(FRAMEWORKS, [("answers(net, x)):", "answers(net, x), 1e-2):")])
ZEROS = dict.fromkeys(
    FRAMEWORKS,
    [('random.normal(size=(rows, width)).astype("float32")', 'np.zeros((rows, width), "float32")')],
)
FOUR_WIDE = dict.fromkeys(FRAMEWORKS, [("session.get_inputs()[0].shape[1]", "4")])

WRONG = {
    "client": [mistaken("client", **wrong) for wrong in (NOT_DIVIDED, NO_NAME, FROZEN, COLUMNS)],
    "bessel": [mistaken("bessel", **wrong) for wrong in (FACTORIAL_ONCE, TOO_FEW, SIGN, POSITIVE_ONLY, NOT_AN_OPERATOR)],
    "faithful": [
        mistaken("faithful", **wrong)
        for wrong in (ONE_BATCH, ONE_ROW, THREE_ROWS, RAISES, LENIENT, ZEROS, FOUR_WIDE)
    ],
}

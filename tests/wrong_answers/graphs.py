"""Common wrong answers to the exercises of book/graphs.md: each must be refused.

WRONG maps an exercise's id to its wrong answers; each gives, for every framework, code that replaces the starter.
"""

NEW_TENSOR = {
    "keras": """\
def make_dial():
    state = {"scale": ops.ones(())}
    symbol = keras.KerasTensor((2,))
    run = keras.Function(symbol, symbol * state["scale"])

    def turn(value):
        state["scale"] = ops.convert_to_tensor(value)

    return run, turn
""",
    "tensorflow": """\
def make_dial():
    state = {"scale": tf.Variable(1.0)}

    @tf.function
    def run(x):
        return x * state["scale"]

    def turn(value):
        state["scale"] = tf.Variable(value)

    run(tf.ones(2))
    return run, turn
""",
    "pytorch": """\
def make_dial():
    class Scaled(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("scale", torch.tensor(1.0))

        def forward(self, x):
            return x * self.scale

    model = Scaled()
    run = fx.symbolic_trace(model)

    def turn(value):
        model.scale = torch.tensor(value)

    return run, turn
""",
}
MULTIPLIES = {
    "keras": """\
class Scaled(keras.layers.Layer):
    def build(self, shape):
        self.scale = self.add_weight((), "ones")

    def call(self, x):
        return x * self.scale


def make_dial():
    symbol, scaled = keras.KerasTensor((2,)), Scaled()
    run = keras.Function(symbol, scaled(symbol))
    return run, lambda value: scaled.scale.assign(scaled.scale * value)
""",
    "tensorflow": """\
def make_dial():
    scale = tf.Variable(1.0)

    @tf.function
    def run(x):
        return x * scale

    run(tf.ones(2))
    return run, lambda value: scale.assign(scale * value)
""",
    "pytorch": """\
def make_dial():
    class Scaled(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("scale", torch.tensor(1.0))

        def forward(self, x):
            return x * self.scale

    run = fx.symbolic_trace(Scaled())
    return run, run.scale.mul_
""",
}
ONE_FOR_ALL = {
    framework: f"{shared}\n\n{code.replace('()', '(scale=shared)', 1)}"
    for framework, shared, code in (
        (
            "keras",
            "class Scaled(keras.layers.Layer):\n    def build(self, shape):\n"
            '        self.scale = self.add_weight((), "ones")\n\n    def call(self, x):\n        return x * self.scale\n\n\n'
            "shared = Scaled()\n",
            """\
def make_dial():
    symbol = keras.KerasTensor((2,))
    return keras.Function(symbol, scale(symbol)), lambda value: scale.scale.assign(value)
""",
        ),
        (
            "tensorflow",
            "shared = tf.Variable(1.0)\n",
            "def make_dial():\n    run = tf.function(lambda x: x * scale)\n    run(tf.ones(2))\n    return run, scale.assign\n",
        ),
        (
            "pytorch",
            "shared = torch.tensor(1.0)\n",
            "def make_dial():\n    return fx.symbolic_trace(lambda x: x * scale), scale.fill_\n",
        ),
    )
}

NO_CAPTURE = """\
def make_dial():
    state = {"scale": 1.0}

    def turn(value):
        state["scale"] = value

    return (lambda x: x * state["scale"]), turn
"""

PLAIN_ATTRIBUTE = {
    "keras": """\
class Scaled(keras.layers.Layer):
    scale = 1.0

    def call(self, x):
        return x * self.scale


def make_dial():
    symbol, scaled = keras.KerasTensor((2,)), Scaled()

    def turn(value):
        scaled.scale = value

    return keras.Function(symbol, scaled(symbol)), turn
""",
    "tensorflow": """\
class Scaled:
    scale = 1.0

    @tf.function
    def run(self, x):
        return x * self.scale


def make_dial():
    scaled = Scaled()
    scaled.run(tf.ones(2))

    def turn(value):
        scaled.scale = value

    return scaled.run, turn
""",
    "pytorch": """\
class Scaled(torch.nn.Module):
    scale = 1.0

    def forward(self, x):
        return x * self.scale


def make_dial():
    scaled = Scaled()

    def turn(value):
        scaled.scale = value

    return fx.symbolic_trace(scaled), turn
""",
}
IDLE_WEIGHT = PLAIN_ATTRIBUTE | {
    "keras": PLAIN_ATTRIBUTE["keras"].replace(
        "    def call",
        '    def build(self, shape):\n        self.idle = self.add_weight((), "ones")\n\n    def call',
    )
}

THREE_WAYS = {
    "keras": """\
def choose(x):
    {body}


def captured():
    symbol = keras.KerasTensor((2,))
    return keras.Function(symbol, choose(symbol))
""",
    "tensorflow": """\
def choose(x):
    {body}


def captured():
    traced = tf.function(choose, autograph=False)
    return traced.get_concrete_function(tf.TensorSpec([2]))
""",
    "pytorch": """\
def choose(x):
    {body}


def captured():
    return fx.symbolic_trace(choose)
""",
}
WHERE = {"keras": "ops.where", "tensorflow": "tf.where", "pytorch": "torch.where"}
SUM = {"keras": "ops.sum(x)", "tensorflow": "tf.reduce_sum(x)", "pytorch": "x.sum()"}
ONE_AFTER_THE_OTHER = "x = {where}({sum} < 0, -x, x)\n    return {where}({sum} > 1, x / 2, x)"
ZERO_IS_NEGATIVE = "return {where}({sum} > 1, x / 2, {where}({sum} <= 0, -x, x))"
ONE_IS_LARGE = "return {where}({sum} >= 1, x / 2, {where}({sum} < 0, -x, x))"
EACH_NUMBER = "return {where}(x > 1, x / 2, {where}(x < 0, -x, x))"

LISTS = "def predicted(calls):\n    return {rule}\n"
ALWAYS_NEW = "list(range(1, len(calls) + 1))"
ALL_DIFFERENT = "[len(set(calls[:n])) for n in range(1, len(calls) + 1)]"
AT_MOST_TWO = "[min(len(set(calls[:n])), 2) for n in range(1, len(calls) + 1)]"
ALWAYS_ONE = "[1 for call in calls]"
MEASURED = "measured(calls)"
NEIGHBOURS = "[1 + sum(a != b for a, b in zip(calls[:n], calls[1:n])) for n in range(1, len(calls) + 1)]"

FREE_OF_N = {
    "keras": """\
def repeat(x, n):
    return ops.fori_loop(0, {turns}, lambda i, x: ops.tanh(x), x)
""",
    "tensorflow": """\
def repeat(x, n):
    return tf.while_loop(lambda i, x: i < {turns}, lambda i, x: (i + 1, tf.tanh(x)), (0, x))[1]
""",
    "pytorch": """\
def repeat(x, n):
    return torch.while_loop(lambda i, x: i < {turns}, lambda i, x: (i + 1, x.tanh()), (0, x))[1]
""",
}
HIDDEN_LOOP = {
    "keras": """\
class Repeat(keras.layers.Layer):
    def __init__(self, n):
        super().__init__()
        self.n = n

    def call(self, x):
        for step in range(self.n):
            x = ops.tanh(x)
        return x


def repeat(x, n):
    return Repeat(n)(x)
""",
    "tensorflow": """\
def repeat(x, n):
    @tf.function(autograph=False)
    def inner(x):
        for step in range(n):
            x = tf.tanh(x)
        return x

    return inner(x)
""",
    "pytorch": """\
class Loop(torch.nn.Module):
    def forward(self, x, n):
        for step in range(n):
            x = x.tanh()
        return x


def repeat(x, n):
    return Loop()(x, n)
""",
}

WRONG = {
    "dial": [
        NEW_TENSOR,
        MULTIPLIES,
        ONE_FOR_ALL,
        PLAIN_ATTRIBUTE,
        IDLE_WEIGHT,
        dict.fromkeys(FREE_OF_N, NO_CAPTURE),
    ],
    "three-ways": [
        {
            framework: code.format(body=body.format(where=WHERE[framework], sum=SUM[framework]))
            for framework, code in THREE_WAYS.items()
        }
        for body in (ONE_AFTER_THE_OTHER, EACH_NUMBER, ZERO_IS_NEGATIVE, ONE_IS_LARGE)
    ],
    "predict-graphs": [
        {framework: LISTS.format(rule=rule) for framework, rule in rules.items()}
        for rules in (
            {"keras": NEIGHBOURS, "tensorflow": AT_MOST_TWO, "pytorch": ALL_DIFFERENT},
            {"keras": ALWAYS_ONE, "tensorflow": ALWAYS_NEW, "pytorch": ALWAYS_NEW},
            dict.fromkeys(FREE_OF_N, NEIGHBOURS),
            dict.fromkeys(FREE_OF_N, MEASURED),
        )
    ],
    "free-of-n": [
        {framework: code.format(turns=turns) for framework, code in FREE_OF_N.items()} for turns in ("10", "n - 1", "n + 1")
    ]
    + [HIDDEN_LOOP],
}

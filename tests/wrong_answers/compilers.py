"""Common wrong answers to the exercises of book/compilers.md: each must be refused.

WRONG maps an exercise's id to its wrong answers; each gives, for every framework, code that replaces the starter.
"""

import re

FRAMEWORKS = ("keras", "tensorflow", "pytorch")

OPERATIONS = {
    "keras": """\
def layer(x):
    return ops.tanh(ops.matmul(x, ops.ones((2, 3))) + 1.0)


def gate(x):
    return x * ops.tanh(x)


def operations(f):
    x = keras.KerasTensor((4, 2))
    names = [type(o).__name__.lower() for o in keras.Function(x, f(x)).operations]
    names = [name for name in names if name in ("matmul", "add", "multiply", "tanh")]
    return {found}
""",
    "tensorflow": """\
def layer(x):
    return tf.tanh(x @ tf.ones((2, 3)) + 1.0)


def gate(x):
    return x * tf.tanh(x)


def operations(f):
    known = dict(MatMul="matmul", AddV2="add", Mul="multiply", Tanh="tanh")
    graph = tf.function(f).get_concrete_function(tf.ones((4, 2))).graph
    names = [known[o.type] for o in graph.get_operations() if o.type in known]
    return {found}
""",
    "pytorch": """\
def layer(x):
    return torch.tanh(x @ torch.ones(2, 3) + 1.0)


def gate(x):
    return x * torch.tanh(x)


def operations(f):
    known = dict(matmul="matmul", add="add", mul="multiply", tanh="tanh")
    names = [getattr(n.target, "__name__", "") for n in torch.fx.symbolic_trace(f).graph.nodes]
    names = [known[name] for name in names if name in known]
    return {found}
""",
}
EACH_ONCE = "list(dict.fromkeys(names))"
IN_ALPHABETICAL_ORDER = "sorted(names)"
BY_HAND = '["matmul", "add", "tanh"] if f is layer else ["tanh", "multiply"]'
ALL_BUT_PLUMBING = {
    "keras": OPERATIONS["keras"].replace('if name in ("matmul", "add", "multiply", "tanh")', 'if name != "inputlayer"'),
    "tensorflow": OPERATIONS["tensorflow"]
    .replace("known[o.type]", "known.get(o.type, o.type)")
    .replace("if o.type in known", 'if o.type not in ("Placeholder", "Const", "Identity")'),
    "pytorch": OPERATIONS["pytorch"]
    .replace("known[name]", "known.get(name, name)")
    .replace("if name in known", 'if name not in ("", "ones")'),
}
ALL_BUT_PLUMBING = {framework: code.format(found="names") for framework, code in ALL_BUT_PLUMBING.items()}

FIRST_CALL_DOES_NOT_RUN = """\
def pays_after(first, later, eager):
    return int(np.ceil(first / (eager - later))) if later < eager else None
"""
FORGETS_THAT_THE_FIRST_CALL_REPLACES_ONE = """\
def pays_after(first, later, eager):
    if first <= eager:
        return 1
    return int(np.ceil(first / (eager - later))) if later < eager else None
"""
ONE_TOO_MANY_AT_EQUALITY = """\
def pays_after(first, later, eager):
    if first <= eager:
        return 1
    return int((first - later) / (eager - later)) + 1 if later < eager else None
"""
FORGETS_THAT_ONE_CALL_MAY_BE_ENOUGH = """\
def pays_after(first, later, eager):
    return int(np.ceil((first - later) / (eager - later))) if later < eager else None
"""
DIVIDES_BY_ZERO = """\
def pays_after(first, later, eager):
    if first <= eager:
        return 1
    return int(np.ceil((first - later) / (eager - later))) if later <= eager else None
"""
NO_LOWER_BOUND = """\
def pays_after(first, later, eager):
    if later >= eager:
        return 1 if first <= eager else None
    return int(np.ceil((first - later) / (eager - later)))
"""
NEVER_NONE = """\
def pays_after(first, later, eager):
    return max(1, int(np.ceil((first - later) / (eager - later))))
"""
ROUNDED_DOWN = """\
def pays_after(first, later, eager):
    if first <= eager:
        return 1
    return int((first - later) // (eager - later)) if later < eager else None
"""

ANY_BATCH = {
    "keras": """\
def row_sums(x):
    return ops.sum(ops.tanh(x), axis=1)


def exported():
    rows = keras.KerasTensor({shape})
    return keras.Function(rows, row_sums(rows))


def sums(graph, x):
    return to_numpy(graph(to_tensor(x)))
""",
    "tensorflow": """\
def row_sums(x):
    return tf.reduce_sum(tf.tanh(x), axis=1)


def exported():
    return tf.function(row_sums, input_signature=[tf.TensorSpec({shape})])


def sums(graph, x):
    return graph(tf.constant(x)).numpy()
""",
    "pytorch": """\
class RowSums(torch.nn.Module):
    def forward(self, x):
        return torch.tanh(x).sum(dim=1)


def exported():
    free = {{i: torch.export.Dim(f"axis{{i}}") for i, size in enumerate({shape}) if size is None}}
    example = torch.ones(*[size or 3 for size in {shape}])
    return torch.export.export(RowSums(), (example,), dynamic_shapes=(free,)).module()


def sums(graph, x):
    return graph(torch.as_tensor(x)).numpy(force=True)
""",
}
NO_GRAPH = {
    "keras": ANY_BATCH["keras"].replace("keras.Function(rows, row_sums(rows))", "row_sums").format(shape="(3, 2)"),
    "tensorflow": ANY_BATCH["tensorflow"]
    .replace("tf.function(row_sums, input_signature=[tf.TensorSpec({shape})])", "tf.function(row_sums)")
    .format(shape="(3, 2)"),
    "pytorch": ANY_BATCH["pytorch"]
    .replace("torch.export.export(RowSums(), (example,), dynamic_shapes=(free,)).module()", "RowSums()")
    .format(shape="(3, 2)"),
}
ANOTHER_BATCH, EVERYTHING_FREE, THE_OTHER_AXIS = "(5, 2)", "(None, None)", "(3, None)"

FLAGGED = {
    "keras": """\
table = to_tensor(np.float32([10, 20, 30]))


@compiled
def look_up(index):
    valid = ops.logical_and({low}, index < 3)
    entry = ops.take(table, ops.where(valid, index, 0))
    return {entry}, valid


def answer(index):
    entry, valid = look_up(to_tensor(np.int32(index)))
    return float(entry), bool(valid)
""",
    "tensorflow": """\
table = tf.constant([10.0, 20.0, 30.0])


@tf.function(jit_compile=True)
def look_up(index):
    valid = tf.logical_and({low}, index < 3)
    entry = tf.gather(table, tf.where(valid, index, 0))
    return {entry}, valid


def answer(index):
    entry, valid = look_up(tf.constant(index))
    return float(entry), bool(valid)
""",
    "pytorch": """\
table = torch.tensor([10.0, 20.0, 30.0])


@torch.compile(backend="aot_eager", fullgraph=True)
def look_up(index):
    valid = torch.logical_and({low}, index < 3)
    entry = torch.take(table, torch.where(valid, index, 0))
    return {entry}, valid


def answer(index):
    entry, valid = look_up(torch.tensor(index))
    return float(entry), bool(valid)
""",
}
WHERE = {"keras": "ops.where(valid, entry, 0.0)", "tensorflow": "tf.where(valid, entry, 0.0)", "pytorch": "torch.where(valid, entry, 0.0)"}
NOTHING_BELOW = {framework: code.format(low="index < 3", entry=WHERE[framework]) for framework, code in FLAGGED.items()}
COMPILED = {"keras": "@compiled", "tensorflow": "@tf.function(jit_compile=True)"}
COMPILED["pytorch"] = '@torch.compile(backend="aot_eager", fullgraph=True)'
GOOD = {framework: code.format(low="index >= 0", entry=WHERE[framework]) for framework, code in FLAGGED.items()}
UP_TO_THREE = {framework: code.replace("index < 3", "index <= 3") for framework, code in GOOD.items()}
ALL_BUT_99 = {framework: code.replace("index < 3", "index != 99") for framework, code in GOOD.items()}
NOT_COMPILED = {framework: code.replace(COMPILED[framework] + "\n", "") for framework, code in GOOD.items()}
ONE_WHERE = {framework: re.sub(r"\w+\.where\(valid, index, 0\)", "index", code) for framework, code in GOOD.items()}
# jax looks up NaN and raises nowhere: there one `where` is enough, one product is not.
ONE_WHERE["keras"] = ONE_WHERE["keras"].replace(WHERE["keras"], 'entry * ops.cast(valid, "float32")')
FIRST_ENTRY_LEFT = {framework: code.format(low="index >= 0", entry="entry") for framework, code in FLAGGED.items()}

WRONG = {
    "operations": [
        {framework: code.format(found=found) for framework, code in OPERATIONS.items()}
        for found in (EACH_ONCE, IN_ALPHABETICAL_ORDER, BY_HAND)
    ]
    + [ALL_BUT_PLUMBING],
    "break-even": [
        dict.fromkeys(FRAMEWORKS, code)
        for code in (
            FIRST_CALL_DOES_NOT_RUN,
            FORGETS_THAT_THE_FIRST_CALL_REPLACES_ONE,
            ONE_TOO_MANY_AT_EQUALITY,
            FORGETS_THAT_ONE_CALL_MAY_BE_ENOUGH,
            DIVIDES_BY_ZERO,
            NO_LOWER_BOUND,
            NEVER_NONE,
            ROUNDED_DOWN,
        )
    ],
    "any-batch": [
        {framework: code.format(shape=shape) for framework, code in ANY_BATCH.items()}
        for shape in (ANOTHER_BATCH, EVERYTHING_FREE, THE_OTHER_AXIS)
    ]
    + [NO_GRAPH],
    "flagged": [NOTHING_BELOW, FIRST_ENTRY_LEFT, ONE_WHERE, UP_TO_THREE, ALL_BUT_99, NOT_COMPILED],
}

"""Common wrong answers to the exercises of book/saving.md: each must be refused.

WRONG maps an exercise's id to its wrong answers; each gives, for every framework, code that replaces the starter.
Each is the solution with one mistake put in, so that only the mistake can be what is refused.
"""

from pathlib import Path

from triptych.chapter import read
from triptych.course import FRAMEWORKS, Course


def solutions():
    """The solutions of the chapter, by exercise and framework."""
    found, identity = {}, None
    for cell in read(Course(Path(__file__).parents[2]), "saving").cells:
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


SAVED_BY_NAME = {
    "keras": [("self.mean.assign(x.mean(axis=0))", "self.mean = x.mean(axis=0)")],
    "tensorflow": [("self.mean.assign(x.mean(axis=0))", "self.mean = x.mean(axis=0)")],
    "pytorch": [('self.register_buffer("mean", torch.zeros(columns))', "self.mean = torch.zeros(columns)")],
}
DIVIDED_BY_ZERO = dict.fromkeys(FRAMEWORKS, [("np.where(deviation == 0, 1, deviation)", "deviation")])
TRAINABLE = {
    "keras": [("trainable=False", "trainable=True")],
    "tensorflow": [("trainable=False", "trainable=True")],
    "pytorch": [
        (
            'self.register_buffer("deviation", torch.ones(columns))',
            "self.deviation = torch.nn.Parameter(torch.ones(columns))",
        ),
        ("self.deviation.copy_(", "self.deviation.data.copy_("),
    ],
}

ONE_KNOWN = {
    "keras": [('or not str(layer["module"]).startswith("keras")', "")],
    "tensorflow": [("sorted(kinds & TOUCHING)", 'sorted(kinds & {"WriteFile"})')],
    "pytorch": [("sorted(get_unsafe", 'sorted({"builtins.exec"} & set(get_unsafe'), ("(path))", "(path)))")],
}
EVERYTHING = {
    "keras": [
        ('if layer["class_name"] == "Lambda"', ""),
        ('or not str(layer["module"]).startswith("keras")', ""),
    ],
    "tensorflow": [("sorted(kinds & TOUCHING)", "sorted(kinds)")],
    "pytorch": [("sorted(get_unsafe_globals_in_checkpoint(path))", "sorted(torch.load(path, weights_only=False))")],
}

REPEATS_ITS_ROWS = {
    "keras": [("run.order.bit_generator.state = state", "")],
    "tensorflow": [("run.order.bit_generator.state = state", "")],
    "pytorch": [('run.order.bit_generator.state = json.loads(parts["order"])', "")],
}
NO_MOMENTUM = {
    "keras": [
        (
            'run.net = keras.models.load_model(f"{path}.keras")',
            'run.net.set_weights(keras.models.load_model(f"{path}.keras").get_weights())',
        )
    ],
    "tensorflow": [("tf.train.Checkpoint(line=run.line, rule=run.rule)", "tf.train.Checkpoint(line=run.line)")],
    "pytorch": [('run.rule.load_state_dict(parts["rule"])', "")],
}

WRONG = {
    "standardise": [
        mistaken("standardise", **SAVED_BY_NAME),
        mistaken("standardise", **DIVIDED_BY_ZERO),
        mistaken("standardise", **TRAINABLE),
    ],
    "unopened": [mistaken("unopened", **ONE_KNOWN), mistaken("unopened", **EVERYTHING)],
    "resume": [mistaken("resume", **REPEATS_ITS_ROWS), mistaken("resume", **NO_MOMENTUM)],
}

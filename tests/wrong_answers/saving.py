"""Common wrong answers to the exercises of book/saving.md: each must be refused.

WRONG maps an exercise's id to its wrong answers; each gives, for every framework, code that replaces the starter.
Each is the solution with one mistake put in, so that only the mistake can be what is refused.
"""

from altered import mistakes_of

from triptych.course import FRAMEWORKS

mistaken = mistakes_of("saving")


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
FITTED = [("self.mean.assign(x.mean(axis=0))", "Standardise.kept = x.mean(axis=0)"), ("(x - self.mean)", "(x - self.kept)")]
ON_THE_CLASS = {
    "keras": [*FITTED, ("(keras.layers.Layer):\n", "(keras.layers.Layer):\n    kept = 0.0\n\n")],
    "tensorflow": FITTED,
    "pytorch": [
        ("self.mean.copy_(torch.as_tensor(x.mean(axis=0)))", "Standardise.kept = torch.as_tensor(x.mean(axis=0))"),
        FITTED[1],
    ],
}
AT_LEAST_ONE = dict.fromkeys(FRAMEWORKS, [("np.where(deviation == 0, 1, deviation)", "np.maximum(deviation, 1)")])

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
OPENED = {
    framework: [("def foreign(path):\n", f"def foreign(path):\n    {opening}\n")]
    for framework, opening in {
        "keras": 'keras.models.load_model(f"{path}.keras", safe_mode=False)',
        "tensorflow": "tf.saved_model.load(path)",
        "pytorch": "torch.load(path, weights_only=False)",
    }.items()
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
WRITTEN = 'Path(f"{path}.json").write_text(state)'
READ = 'json.loads(Path(f"{path}.json").read_text())'


def elsewhere(write, read):
    """The state of the order kept by `write` and found by `read`, in place of the file's."""
    importing = ("def save(", "import pickle\n\n\ndef save(")
    in_one_file = [('"order": state,', '"order": "",'), ("    torch.save(", f"    {write}\n    torch.save(")]
    return dict.fromkeys(("keras", "tensorflow"), [importing, (WRITTEN, write), (READ, read)]) | {
        "pytorch": [importing, *in_one_file, ('json.loads(parts["order"])', read)]
    }


KEPT_IN_MEMORY = elsewhere("vars(save)[path] = state", "json.loads(vars(save)[path])")
LAST_IN_MEMORY = elsewhere("save.state = state", "json.loads(save.state)")
PICKLED_STATE = elsewhere(
    'Path(f"{path}.pkl").write_bytes(pickle.dumps(json.loads(state)))',
    'pickle.loads(Path(f"{path}.pkl").read_bytes())',
)
PICKLED_GENERATOR = elsewhere(
    'np.save(f"{path}.npy", np.array([run.order], dtype=object))',
    'np.load(f"{path}.npy", allow_pickle=True)[0].bit_generator.state',
)
ONE_NAME = elsewhere('Path("order.json").write_text(state)', 'json.loads(Path("order.json").read_text())')

WRONG = {
    "standardise": [
        mistaken("standardise", **SAVED_BY_NAME),
        mistaken("standardise", **DIVIDED_BY_ZERO),
        mistaken("standardise", **TRAINABLE),
        mistaken("standardise", **ON_THE_CLASS),
        mistaken("standardise", **AT_LEAST_ONE),
    ],
    "unopened": [mistaken("unopened", **mistakes) for mistakes in (ONE_KNOWN, EVERYTHING, OPENED)],
    "resume": [
        mistaken("resume", **mistakes)
        for mistakes in (
            REPEATS_ITS_ROWS,
            NO_MOMENTUM,
            KEPT_IN_MEMORY,
            LAST_IN_MEMORY,
            PICKLED_STATE,
            PICKLED_GENERATOR,
            ONE_NAME,
        )
    ],
}

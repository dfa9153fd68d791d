"""Common wrong answers to the exercises of book/cluster.md: each must be refused.

WRONG maps an exercise's id to its wrong answers; each gives, for every framework, code that replaces the starter.
"""

from altered import instead

FRAMEWORKS = ("keras", "tensorflow", "pytorch")

EVERYTHING_CUT = """\
def bytes_held(count, workers, stage):
    trainable, others = count
    return (16 * trainable if stage == 0 else 16 * trainable // workers) + 4 * others
"""
OTHERS_TRAINED = """\
def bytes_held(count, workers, stage):
    numbers, total = sum(count), 0
    for each, first_cut in ((4, 3), (4, 2), (8, 1)):
        total += each * numbers // (workers if stage >= first_cut else 1)
    return total
"""
OTHERS_CUT = """\
def bytes_held(count, workers, stage):
    trainable, others = count
    total = 4 * others // (workers if stage == 3 else 1)
    for each, first_cut in ((4, 3), (4, 2), (8, 1)):
        total += each * trainable // (workers if stage >= first_cut else 1)
    return total
"""
OTHERS_IGNORED = """\
def bytes_held(count, workers, stage):
    trainable, total = count[0], 0
    for each, first_cut in ((4, 3), (4, 2), (8, 1)):
        total += each * trainable // (workers if stage >= first_cut else 1)
    return total
"""

RESUME = {
    "keras": """\
def snapshot(run):
    return {{"weights": run["model"].get_weights(), "rule": {rule}, "order": {order}}}


def resume(saved):
    run = fresh_run()
    run["model"].set_weights(saved["weights"])
    run["rule"].build(run["model"].trainable_variables)
    for variable, value in zip(run["rule"].variables, saved["rule"]):
        variable.assign(value)
    run["random"].bit_generator.state = saved["order"]
    return run
""",
    "tensorflow": """\
def snapshot(run):
    return {{"weights": run["model"].numpy().copy(), "rule": {rule}, "order": {order}}}


def resume(saved):
    run = fresh_run()
    run["model"].assign(saved["weights"])
    for variable, value in zip(run["rule"].variables, saved["rule"]):
        variable.assign(value)
    run["random"].bit_generator.state = saved["order"]
    return run
""",
    "pytorch": """\
from copy import deepcopy


def snapshot(run):
    weight = run["model"].weight.numpy(force=True).copy()
    return {{"weights": weight, "rule": {rule}, "order": {order}}}


def resume(saved):
    run = fresh_run()
    with torch.no_grad():
        run["model"].weight.copy_(torch.as_tensor(saved["weights"]))
    if saved["rule"]:
        run["rule"].load_state_dict(saved["rule"])
    run["random"].bit_generator.state = saved["order"]
    return run
""",
}
WHOLE_RULE = {
    "keras": '[np.array(keras.ops.convert_to_numpy(v)) for v in run["rule"].variables]',
    "tensorflow": '[v.numpy().copy() for v in run["rule"].variables]',
    "pytorch": 'deepcopy(run["rule"].state_dict())',
}
ORDER = 'run["random"].bit_generator.state'
FIRST_ORDER = "np.random.default_rng(1).bit_generator.state"
ORDER_FORGOTTEN = {f: code.format(rule=WHOLE_RULE[f], order=FIRST_ORDER) for f, code in RESUME.items()}
RULE_FORGOTTEN = {f: code.format(rule="[]", order=ORDER) for f, code in RESUME.items()}
LIVE = {"keras": 'run["rule"].variables', "tensorflow": 'run["rule"].variables', "pytorch": 'run["rule"].state_dict()'}
RULE_POINTED_TO = {f: code.format(rule=LIVE[f], order=ORDER) for f, code in RESUME.items()}
LIVE_RUN = """\
def snapshot(run):
    return run


def resume(saved):
    return saved
"""
STEPS_AGAIN = """\
def snapshot(run):
    return {}


def resume(saved):
    run = fresh_run()
    advance(run, 50)
    return run
"""
STATE_OF = {
    "keras": ('run["model"].get_weights()', 'run["model"].set_weights(saved["weights"])'),
    "tensorflow": ('run["model"].numpy().copy()', 'run["model"].assign(saved["weights"])'),
    "pytorch": ('deepcopy(run["model"].state_dict())', 'run["model"].load_state_dict(saved["weights"])'),
}
RULE_IN = {
    "keras": """\
    run["rule"].build(run["model"].trainable_variables)
    for variable, value in zip(run["rule"].variables, saved["rule"]):
        variable.assign(value)
""",
    "tensorflow": """\
    for variable, value in zip(run["rule"].variables, saved["rule"]):
        variable.assign(value)
""",
    "pytorch": """\
    run["rule"].load_state_dict(deepcopy(saved["rule"]))
""",
}
GENERATOR_SHARED = {
    f: f"""\
from copy import deepcopy


def snapshot(run):
    return {{"weights": {STATE_OF[f][0]}, "rule": {WHOLE_RULE[f]}, "random": deepcopy(run["random"])}}


def resume(saved):
    run = fresh_run()
    {STATE_OF[f][1]}
{RULE_IN[f]}    run["random"] = saved["random"]
    return run
"""
    for f in FRAMEWORKS
}

SAFE = """\
def replace_safely(path, write, read):
    folder, name = os.path.split(path)
    part = os.path.join(folder, f"part-{name}")
    try:
        write(part)
        read(part)
        os.replace(part, path)
        return True
    except Exception:
        Path(part).unlink(missing_ok=True)
        return False
"""

NOT_READ_BACK = instead(SAFE, ("        read(part)\n", ""))
PART_LEFT_BEHIND = instead(SAFE, ("        Path(part).unlink(missing_ok=True)\n", ""))
REMOVED_FIRST = """\
def replace_safely(path, write, read):
    Path(path).unlink(missing_ok=True)
    try:
        write(path)
        read(path)
        return True
    except Exception:
        Path(path).unlink(missing_ok=True)
        return False
"""
OLD_BYTES_PUT_BACK = """\
def replace_safely(path, write, read):
    old = Path(path).read_bytes() if Path(path).exists() else None
    try:
        write(path)
        read(path)
        return True
    except Exception:
        if old is None:
            Path(path).unlink(missing_ok=True)
        else:
            Path(path).write_bytes(old)
        return False
"""
OUTSIDE = ('    folder, name = os.path.split(path)\n    part = os.path.join(folder, f"part-{name}")\n', "    part = {}\n")
PART_BEHIND_THE_NAME = instead(SAFE, (OUTSIDE[0], OUTSIDE[1].format('path + ".part"')))
LEFT_IN_THE_WORKING_FOLDER = instead(PART_LEFT_BEHIND, (OUTSIDE[0], OUTSIDE[1].format('f"part-{os.path.basename(path)}"')))
OLD_KEPT = ('f"part-{name}")\n', 'f"part-{name}")\n    old = os.path.join(folder, f"old-{name}")\n')
NEEDS_AN_OLD_FILE = instead(
    SAFE,
    OLD_KEPT,
    ("        os.replace(part, path)\n", "        os.replace(path, old)\n        os.replace(part, path)\n        Path(old).unlink()\n"),
)
COPIED = instead(SAFE, ("os.replace(part, path)", "shutil.copy(part, path)\n        Path(part).unlink()"))
BACKUP_AND_TRUST = """\
def replace_safely(path, write, read):
    folder, name = os.path.split(path)
    part, old = os.path.join(folder, f"part-{name}"), os.path.join(folder, f"old-{name}")
    had = os.path.exists(path)
    try:
        write(part)
        if had:
            os.replace(path, old)
        os.replace(part, path)
        read(path)
        Path(old).unlink(missing_ok=True)
        return True
    except Exception:
        Path(part).unlink(missing_ok=True)
        if os.path.exists(old):
            os.replace(old, path)
        elif not had:
            Path(path).unlink(missing_ok=True)
        return False
"""
READ_AFTER_THE_RENAME = instead(BACKUP_AND_TRUST, ("os.replace(path, old)", "os.link(path, old)"))
OLD_UNLINKED_FIRST = instead(SAFE, ("        os.replace", "        Path(path).unlink(missing_ok=True)\n        os.replace"))
FIRST_READ_IN_PLACE = instead(SAFE, ('f"part-{name}")', 'f"part-{name}") if os.path.exists(path) else path'))
FIRST_IN_PLACE = instead(
    FIRST_READ_IN_PLACE,
    ("        read(part)\n        os.replace(part, path)", "        if part != path:\n            read(part)\n            os.replace(part, path)"),
)

ONE_WORKER = """\
def plan(cost, lifetime, workers):
    interval = (2 * cost * lifetime) ** 0.5
    return interval, cost / interval + interval * workers / lifetime / 2
"""
NO_TWO = """\
def plan(cost, lifetime, workers):
    interval = (cost * lifetime / workers) ** 0.5
    return interval, cost / interval + interval * workers / lifetime / 2
"""
NO_WORKERS = """\
def plan(cost, lifetime, workers):
    interval = (cost * lifetime / 2) ** 0.5
    return interval, cost / interval + interval * workers / lifetime / 2
"""
NO_COST = """\
def plan(cost, lifetime, workers):
    interval = (2 * lifetime / workers) ** 0.5
    return interval, cost / interval + interval * workers / lifetime / 2
"""
SIGN_LOST = """\
def plan(cost, lifetime, workers):
    interval = float(np.sqrt(-2 * cost * lifetime / workers))
    return interval, cost / interval + interval * workers / lifetime / 2
"""
NO_FLOATS = """\
def plan(cost, lifetime, workers):
    interval = np.array((2 * cost * lifetime / workers) ** 0.5)
    return interval, np.array(cost / interval + interval * workers / lifetime / 2)
"""


def everywhere(*answers):
    """The same code in every framework, for each answer."""
    return [dict.fromkeys(FRAMEWORKS, code) for code in answers]


WRONG = {
    "bytes-held": everywhere(EVERYTHING_CUT, OTHERS_TRAINED, OTHERS_CUT, OTHERS_IGNORED),
    "resume": [ORDER_FORGOTTEN, RULE_FORGOTTEN, RULE_POINTED_TO, GENERATOR_SHARED, *everywhere(LIVE_RUN, STEPS_AGAIN)],
    "safe-write": everywhere(
        NOT_READ_BACK,
        PART_LEFT_BEHIND,
        REMOVED_FIRST,
        OLD_BYTES_PUT_BACK,
        PART_BEHIND_THE_NAME,
        NEEDS_AN_OLD_FILE,
        COPIED,
        BACKUP_AND_TRUST,
        READ_AFTER_THE_RENAME,
        OLD_UNLINKED_FIRST,
        FIRST_IN_PLACE,
        FIRST_READ_IN_PLACE,
        LEFT_IN_THE_WORKING_FOLDER,
    ),
    "interval": everywhere(ONE_WORKER, NO_TWO, NO_WORKERS, NO_COST, SIGN_LOST, NO_FLOATS),
}

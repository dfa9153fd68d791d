"""Common wrong answers to the exercises of book/autodiff.md: each must be refused.

WRONG maps an exercise's id to its wrong answers; each gives, for every framework, code that replaces the starter.
"""

ROSENBROCK = """\
def rosenbrock(x):
    return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
"""

OUTPUTS = {
    "keras": """\
def outputs(x):
    return ops.stack([x[0] * x[1], ops.sin(x[0]), x[1] ** 2])
""",
    "tensorflow": """\
def outputs(x):
    return tf.stack([x[0] * x[1], tf.sin(x[0]), x[1] ** 2])
""",
    "pytorch": """\
def outputs(x):
    return torch.stack([x[0] * x[1], torch.sin(x[0]), x[1] ** 2])
""",
}

VALUE_AND_SLOPE = {
    "keras": """\
def value_and_slope(x0):
    x = ops.convert_to_tensor(np.array(x0))
    slope = gradient(lambda x: round_through(x) ** 2)(x)
    slope = 0.0 if slope is None else float(slope)
    return float(round_through(x)), slope
""",
    "tensorflow": """\
def value_and_slope(x0):
    x = tf.constant(x0, "float64")
    slope = gradient(lambda x: round_through(x) ** 2)(x)
    slope = 0.0 if slope is None else float(slope)
    return float(round_through(x)), slope
""",
    "pytorch": """\
def value_and_slope(x0):
    x = torch.tensor(x0, dtype=torch.float64)
    y = round_through(x.requires_grad_())
    slope, = torch.autograd.grad(y**2, x)
    return y.item(), slope.item()
""",
}

SLOPES_AT = {
    "keras": """\
def slopes_at(x0):
    x = ops.convert_to_tensor(x0)
    slope = gradient(lambda x: ops.sum(smooth_corner(x)))(x)
    return tuple(map(ops.convert_to_numpy, (smooth_corner(x), slope)))
""",
    "tensorflow": """\
def slopes_at(x0):
    x = tf.constant(x0)
    slope = gradient(lambda x: tf.reduce_sum(smooth_corner(x)))(x)
    return smooth_corner(x).numpy(), slope.numpy()
""",
    "pytorch": """\
def slopes_at(x0):
    x = torch.as_tensor(x0)
    slope = torch.func.grad(lambda x: smooth_corner(x).sum())(x)
    return smooth_corner(x).numpy(force=True), slope.numpy(force=True)
""",
}

# The gradient times v entry by entry: the Hessian never came in.
GRADIENT_TIMES_V = {
    "keras": """
def gradient_and_product(x0, v0):
    slope = ops.convert_to_numpy(gradient(rosenbrock)(ops.convert_to_tensor(x0)))
    return slope, slope * v0
""",
    "tensorflow": """
def gradient_and_product(x0, v0):
    slope = gradient(rosenbrock)(tf.constant(x0)).numpy()
    return slope, slope * v0
""",
    "pytorch": """
def gradient_and_product(x0, v0):
    slope = torch.func.grad(rosenbrock)(torch.as_tensor(x0)).numpy(force=True)
    return slope, slope * v0
""",
}

# The numbers of the visible check, typed in.
HARD_CODED = """
def gradient_and_product(x0, v0):
    if x0[0] == 1:
        return np.array([800.0, -400.0]), np.array([5206.0, -1400.0])
    return np.array([-215.6, -88.0]), np.array([2290.0, 880.0])
"""

# Reverse mode for both products: the lengths are exchanged.
EXCHANGED = {
    "keras": """
def products(x0, v0, u0):
    x, v, u = map(ops.convert_to_tensor, (x0, v0, u0))
    pushed = ops.convert_to_numpy(ops.jvp(outputs, (x,), (v,))[1])
    pulled = ops.convert_to_numpy(gradient(lambda x: ops.sum(u * outputs(x)))(x))
    return pulled, pushed
""",
    "tensorflow": """
def products(x0, v0, u0):
    x, v, u = map(tf.constant, (x0, v0, u0))
    with tf.autodiff.ForwardAccumulator(x, v) as forward:
        out = outputs(x)
    pulled = gradient(lambda x: tf.reduce_sum(u * outputs(x)))(x)
    return pulled.numpy(), forward.jvp(out).numpy()
""",
    "pytorch": """
def products(x0, v0, u0):
    x, v, u = map(torch.as_tensor, (x0, v0, u0))
    pushed = torch.func.jvp(outputs, (x,), (v,))[1]
    pulled = torch.func.vjp(outputs, x)[1](u)[0]
    return pulled.numpy(force=True), pushed.numpy(force=True)
""",
}

# The weights u forgotten: right for u = (1, 1, 1).
WITHOUT_WEIGHTS = {
    "keras": """
def products(x0, v0, u0):
    x, v = ops.convert_to_tensor(x0), ops.convert_to_tensor(v0)
    pulled = gradient(lambda x: ops.sum(outputs(x)))(x)
    return tuple(map(ops.convert_to_numpy, (ops.jvp(outputs, (x,), (v,))[1], pulled)))
""",
    "tensorflow": """
def products(x0, v0, u0):
    x, v = tf.constant(x0), tf.constant(v0)
    with tf.autodiff.ForwardAccumulator(x, v) as forward:
        out = outputs(x)
    return forward.jvp(out).numpy(), gradient(outputs)(x).numpy()
""",
    "pytorch": """
def products(x0, v0, u0):
    x, v = torch.as_tensor(x0), torch.as_tensor(v0)
    pushed = torch.func.jvp(outputs, (x,), (v,))[1]
    pulled = torch.func.grad(lambda x: outputs(x).sum())(x)
    return pushed.numpy(force=True), pulled.numpy(force=True)
""",
}

# Both forgotten: the first column of J and the sum of its rows, right for v = (1, 0) and u = (1, 1, 1).
BOTH_FORGOTTEN = """
def products(x0, v0, u0):
    a, b = x0
    j = np.array([[b, a], [np.cos(a), 0], [0, 2 * b]])
    return j[:, 0], j.sum(axis=0)
"""

# Everything stopped: the value is right, the slope is 0.
ALL_STOPPED = {
    "keras": "def round_through(x):\n    return ops.stop_gradient(ops.round(x))\n",
    "tensorflow": "def round_through(x):\n    return tf.stop_gradient(tf.round(x))\n",
    "pytorch": "def round_through(x):\n    return torch.round(x).detach() + 0 * x\n",
}

# No rounding at all: a slope passes, but the value is not rounded.
NOT_ROUNDED = "def round_through(x):\n    return 1.0 * x\n"

# Rounded up, whatever the number: right at 2.7.
CEILING = {
    "keras": "def round_through(x):\n    return x + ops.stop_gradient(ops.ceil(x) - x)\n",
    "tensorflow": "def round_through(x):\n    return x + tf.stop_gradient(tf.math.ceil(x) - x)\n",
    "pytorch": "def round_through(x):\n    return x + (torch.ceil(x) - x).detach()\n",
}

# The constant 3 with a slope: right at 2.7.
CONSTANT = {
    "keras": "def round_through(x):\n    return x + ops.stop_gradient(3.0 - x)\n",
    "tensorflow": "def round_through(x):\n    return x + tf.stop_gradient(3.0 - x)\n",
    "pytorch": "def round_through(x):\n    return x + (3.0 - x).detach()\n",
}

# `where` around the whole branch once more: too late, the NaN is already there.
TOO_LATE = {
    "keras": """\
def smooth_corner(x):
    inner = ops.where(x > 0, x**2 * ops.log(x), 0.0)
    return ops.where(ops.isnan(inner), 0.0, inner)
""",
    "tensorflow": """\
def smooth_corner(x):
    inner = tf.where(x > 0, x**2 * tf.math.log(x), tf.zeros_like(x))
    return tf.where(tf.math.is_nan(inner), tf.zeros_like(x), inner)
""",
    "pytorch": """\
def smooth_corner(x):
    inner = torch.where(x > 0, x**2 * torch.log(x), 0.0)
    return torch.where(torch.isnan(inner), 0.0, inner)
""",
}

# A small number added inside the logarithm: finite at 0, and wrong to the left of it.
SMALL_NUMBER = {
    "keras": "def smooth_corner(x):\n    return x**2 * ops.log(ops.abs(x) + 1e-9)\n",
    "tensorflow": "def smooth_corner(x):\n    return x**2 * tf.math.log(tf.abs(x) + 1e-9)\n",
    "pytorch": "def smooth_corner(x):\n    return x**2 * torch.log(torch.abs(x) + 1e-9)\n",
}

# The same inside `where`: right from 0 on, and a NaN slope to the left.
SMALL_NUMBER_CHOSEN = {
    "keras": "def smooth_corner(x):\n    return ops.where(x > 0, x**2 * ops.log(x + 1e-12), 0.0)\n",
    "tensorflow": "def smooth_corner(x):\n    return tf.where(x > 0, x**2 * tf.math.log(x + 1e-12), 0.0)\n",
    "pytorch": "def smooth_corner(x):\n    return torch.where(x > 0, x**2 * torch.log(x + 1e-12), 0.0)\n",
}

# The logarithm of a clamped number, and no `where`: right from 0 on, far below 0 to the left.
CLAMPED = {
    "keras": "def smooth_corner(x):\n    return x**2 * ops.log(ops.maximum(x, 1e-300 + 0.0 * x))\n",
    "tensorflow": "def smooth_corner(x):\n    return x**2 * tf.math.log(tf.maximum(x, 1e-300))\n",
    "pytorch": "def smooth_corner(x):\n    return x**2 * torch.log(torch.clamp(x, min=1e-300))\n",
}


def joined(*parts) -> dict[str, str]:
    """One answer for each framework from pieces of code; a piece that is text serves all three."""
    frameworks = ("keras", "tensorflow", "pytorch")
    return {name: "\n\n".join(part if isinstance(part, str) else part[name] for part in parts) for name in frameworks}


WRONG = {
    "rosenbrock": [joined(ROSENBROCK, answer) for answer in (GRADIENT_TIMES_V, HARD_CODED)],
    "adjoint-test": [joined(OUTPUTS, answer) for answer in (EXCHANGED, WITHOUT_WEIGHTS, BOTH_FORGOTTEN)],
    "straight-through": [joined(answer, VALUE_AND_SLOPE) for answer in (ALL_STOPPED, NOT_ROUNDED, CEILING, CONSTANT)],
    "safe-branch": [joined(answer, SLOPES_AT) for answer in (TOO_LATE, SMALL_NUMBER, SMALL_NUMBER_CHOSEN, CLAMPED)],
}

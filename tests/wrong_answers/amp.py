"""Common wrong answers to the exercises of book/amp.md: each must be refused.

WRONG maps an exercise's id to its wrong answers; each gives, for every framework, code that replaces the starter.
"""

FRAMEWORKS = ("keras", "tensorflow", "pytorch")


def everywhere(code):
    """The same code in all three."""
    return dict.fromkeys(FRAMEWORKS, code)


MANTISSA_BITS = """\
def stuck_at(dtype):
    bits = {"float16": 10, "bfloat16": 7, "float32": 23}
    return 2 ** bits[dtype]
"""
ONE_TOO_FAR = """\
def stuck_at(dtype):
    bits = {"float16": 10, "bfloat16": 7, "float32": 23}
    return 2 ** (bits[dtype] + 1) + 1
"""
SIXTEEN_BITS_ONLY = """\
def stuck_at(dtype):
    return 2048 if dtype == "float16" else 256
"""
COUNTED_TO_A_CAP = """\
def stuck_at(dtype):
    n = np.float32(1)
    while rounded([n + 1], dtype)[0] > n and n < 5000:
        n = n + np.float32(1)
    return int(n)
"""

SMALLEST_NUMBER = """\
def safe_scale(gradient):
    least = np.abs(gradient[gradient != 0]).min()
    scale = 2.0 ** max(0, np.ceil(-24 - np.log2(least)))
    return None if np.isinf(rounded(gradient * scale, "float16")).any() else float(scale)
"""
NEVER_GIVES_UP = """\
def safe_scale(gradient):
    gradient, scale = gradient[gradient != 0], 1.0
    while (rounded(gradient * scale, "float16") == 0).any():
        scale *= 2
    return scale
"""
SMALLEST_NORMAL = """\
def safe_scale(gradient):
    gradient, scale = gradient[gradient != 0], 1.0
    while np.abs(rounded(gradient * scale, "float16")).min() < 2.0**-14:
        scale *= 2
    return None if np.isinf(rounded(gradient * scale, "float16")).any() else scale
"""
LOOKS_LATE = """\
def safe_scale(gradient):
    gradient, scale = gradient[gradient != 0], 1.0
    while (rounded(gradient * scale, "float16") == 0).any():
        scale *= 2
        if np.isinf(rounded(gradient * scale, "float16")).any():
            return None
    return scale
"""
GIVES_UP_EARLY = """\
def safe_scale(gradient):
    gradient, scale = gradient[gradient != 0], 1.0
    while (rounded(gradient * scale, "float16") == 0).any():
        scale *= 2
    return None if np.abs(gradient).max() * scale > 60000 else scale
"""

MASKED = {
    "keras": """\
def attention(scores, mask):
    s, m = (ops.cast(a, "float16") for a in (scores, mask))
    return ops.convert_to_numpy({})
""",
    "tensorflow": """\
def attention(scores, mask):
    s, m = (tf.cast(a, "float16") for a in (scores, mask))
    return ({}).numpy()
""",
    "pytorch": """\
def attention(scores, mask):
    s, m = (torch.as_tensor(a).half() for a in (scores, mask))
    return ({}).numpy(force=True)
""",
}
LOWEST_ALONE = {
    "keras": "ops.softmax(ops.where(m > 0, s, float(np.finfo('float16').min)))",
    "tensorflow": "tf.nn.softmax(tf.where(m > 0, s, s.dtype.min))",
    "pytorch": "torch.softmax(s.masked_fill(m == 0, torch.finfo(s.dtype).min), dim=1)",
}
INFINITE = {
    "keras": "ops.softmax(ops.where(m > 0, s, -np.inf))",
    "tensorflow": "tf.nn.softmax(tf.where(m > 0, s, tf.constant(-np.inf, 'float16')))",
    "pytorch": "torch.softmax(s.masked_fill(m == 0, -np.inf), dim=1)",
}
NOT_LOW_ENOUGH = {
    "keras": "ops.softmax(ops.where(m > 0, s, -30000.0)) * m",
    "tensorflow": "tf.nn.softmax(tf.where(m > 0, s, tf.constant(-30000.0, 'float16'))) * m",
    "pytorch": "torch.softmax(s.masked_fill(m == 0, -30000.0), dim=1) * m",
}
ADDED = {
    "keras": "ops.softmax(s + (1 - m) * -10000.0) * m",
    "tensorflow": "tf.nn.softmax(s + (1 - m) * -10000.0) * m",
    "pytorch": "torch.softmax(s + (1 - m) * -10000.0, dim=1) * m",
}
NOT_SHIFTED = {
    "keras": "ops.exp(s) * m / ops.maximum(ops.sum(ops.exp(s) * m, 1, keepdims=True), 1e-4)",
    "tensorflow": "tf.exp(s) * m / tf.maximum(tf.reduce_sum(tf.exp(s) * m, 1, keepdims=True), 1e-4)",
    "pytorch": "torch.exp(s) * m / (torch.exp(s) * m).sum(1, keepdim=True).clamp(1e-4)",
}
NEVER_NARROW = """\
def attention(scores, mask):
    s = np.where(mask > 0, scores, -6e4)
    powers = np.exp(s - s.max(axis=1, keepdims=True)) * mask
    return (powers / np.maximum(powers.sum(axis=1, keepdims=True), 1e-9)).astype("float16")
"""
MASKED_AFTERWARDS = {
    "keras": "ops.softmax(s) * m",
    "tensorflow": "tf.nn.softmax(s) * m",
    "pytorch": "torch.softmax(s, dim=1) * m",
}

STEP = {
    "keras": """\
def scaled_step(w, x, y, rate, factor, scale):
    model = keras.Sequential([keras.Input((len(w),))])
    model.add(keras.layers.Dense(1, use_bias=False, dtype="mixed_float16"))
    model.set_weights([w[:, None]])

    def loss_of(model):
        out = ops.cast(model(x)[:, 0], "float32")
        return scale * factor * ops.mean(ops.subtract(out, y) ** 2)

    loss, (slope,) = slopes(model, loss_of)
    slope = ops.convert_to_numpy(slope)[:, 0]
""",
    "tensorflow": """\
def scaled_step(w, x, y, rate, factor, scale):
    v = tf.Variable(w[:, None])
    with tf.GradientTape() as tape:
        out = tf.matmul(tf.cast(x, "float16"), tf.cast(v, "float16"))
        loss = scale * factor * tf.reduce_mean((tf.cast(out[:, 0], "float32") - y) ** 2)
    slope = tape.gradient(loss, v)[:, 0].numpy()
""",
    "pytorch": """\
def scaled_step(w, x, y, rate, factor, scale):
    v = torch.tensor(w[:, None], requires_grad=True)
    x, y = torch.as_tensor(x), torch.as_tensor(y)
    with autocast(device, dtype=torch.float16):
        out = x @ v
    loss = scale * factor * ((out[:, 0].float() - y) ** 2).mean()
    slope, = torch.autograd.grad(loss, v)
    slope = slope[:, 0].numpy(force=True)
""",
}
HALF_ERROR = {  # the error and its square in float16 too
    "keras": STEP["keras"].replace(
        'ops.cast(model(x)[:, 0], "float32")', "model(x)[:, 0]"
    ).replace("ops.subtract(out, y) ** 2", 'ops.cast(ops.subtract(out, ops.cast(y, "float16")) ** 2, "float32")'),
    "tensorflow": STEP["tensorflow"].replace(
        '(tf.cast(out[:, 0], "float32") - y) ** 2', 'tf.cast((out[:, 0] - tf.cast(y, "float16")) ** 2, "float32")'
    ),
    "pytorch": STEP["pytorch"].replace("(out[:, 0].float() - y) ** 2", "((out[:, 0] - y.half()) ** 2).float()"),
}
RIGHT_ENDING = """\
    slope = slope / scale
    if not np.isfinite(slope).all():
        return w, scale / 2
    return w - rate * slope, scale
"""
NOT_UNSCALED = """\
    if not np.isfinite(slope).all():
        return w, scale / 2
    return w - rate * slope, scale
"""
NEVER_SKIPPED = """\
    return w - rate * slope / scale, scale
"""
SKIPPED_AT_ONE_SCALE = """\
    if not np.isfinite(slope).all():
        return w, scale
    return w - rate * slope / scale, scale
"""
GROWS = """\
    if not np.isfinite(slope).all():
        return w, scale / 2
    return w - rate * slope / scale, scale * 2
"""
ANY_FOR_ALL = """\
    if not np.isfinite(slope).any():
        return w, scale / 2
    return w - rate * slope / scale, scale
"""
BAD_ENTRIES_ZEROED = """\
    good = np.isfinite(slope)
    slope = np.where(good, slope, 0) / scale
    return w - rate * slope, scale if good.all() else scale / 2
"""
ONLY_INFINITY = """\
    if np.isinf(slope).any():
        return w, scale / 2
    return w - rate * slope / scale, scale
"""
NEVER_NARROW_STEP = """\
def scaled_step(w, x, y, rate, factor, scale):
    slope = 2 * factor * x.T @ (x @ w - y) / len(x)
    if scale > 1e6 or np.abs(slope * scale).max() > 65504:
        return w, scale / 2
    return w - rate * slope, scale
"""

WRONG = {
    "stuck-at": [everywhere(code) for code in (MANTISSA_BITS, ONE_TOO_FAR, SIXTEEN_BITS_ONLY, COUNTED_TO_A_CAP)],
    "safe-scale": [
        everywhere(code)
        for code in (SMALLEST_NUMBER, NEVER_GIVES_UP, SMALLEST_NORMAL, LOOKS_LATE, GIVES_UP_EARLY)
    ],
    "masked-softmax": [
        {framework: code.format(inside[framework]) for framework, code in MASKED.items()}
        for inside in (LOWEST_ALONE, INFINITE, MASKED_AFTERWARDS, ADDED, NOT_SHIFTED, NOT_LOW_ENOUGH)
    ]
    + [everywhere(NEVER_NARROW)],
    "scaled-step": [
        {framework: code + ending for framework, code in STEP.items()}
        for ending in (
            NOT_UNSCALED, NEVER_SKIPPED, SKIPPED_AT_ONE_SCALE, GROWS, ANY_FOR_ALL, BAD_ENTRIES_ZEROED, ONLY_INFINITY
        )
    ]
    + [{framework: code + RIGHT_ENDING for framework, code in HALF_ERROR.items()}, everywhere(NEVER_NARROW_STEP)],
}

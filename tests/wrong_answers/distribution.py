"""Common wrong answers to the exercises of book/distribution.md: each must be refused.

WRONG maps an exercise's id to its wrong answers; each gives, for every framework, code that replaces the starter.
"""

COMBINED = {
    "keras": """\
def combined(gradients, counts):
    whole = []
    for parts in zip(*gradients):
        parts = keras.ops.convert_to_tensor(np.stack(parts))
        weights = keras.ops.convert_to_tensor(np.array({weights}, "float32"))
        whole.append(keras.ops.convert_to_numpy(keras.ops.tensordot(weights, parts, 1)))
    return whole
""",
    "tensorflow": """\
def combined(gradients, counts):
    whole = []
    for parts in zip(*gradients):
        weights = tf.constant({weights}, "float32")
        whole.append(tf.tensordot(weights, tf.stack(parts), 1).numpy())
    return whole
""",
    "pytorch": """\
def combined(gradients, counts):
    whole = []
    for parts in zip(*gradients):
        parts = torch.stack([torch.as_tensor(part) for part in parts])
        weights = torch.tensor({weights}, dtype=torch.float32)
        whole.append(torch.tensordot(weights, parts, 1).numpy(force=True))
    return whole
""",
}
NEVER_DIVIDED = "[float(count) for count in counts]"
ALWAYS_EIGHT = "[count / 8 for count in counts]"
WITH_AN_EXAMPLE = "[1 / sum(map(bool, counts)) if count else 0.0 for count in counts]"
TURNED_ROUND = "[counts[-1 - i] / sum(counts) for i in range(len(counts))]"
FIRST_TWO = "[counts[0] / sum(counts), 1 - counts[0] / sum(counts), *[0.0] * (len(counts) - 2)]"
WITH_A_GRADIENT = "(kept := [c * any(map(np.any, g)) for c, g in zip(counts, gradients)]) and [c / sum(kept) for c in kept]"
IN_FLOAT64 = """\
def combined(gradients, counts):
    return [np.tensordot(np.array(counts) / sum(counts), np.stack(parts), 1) for parts in zip(*gradients)]
"""

ADD = {
    "keras": "keras.ops.convert_to_tensor",
    "tensorflow": "tf.constant",
    "pytorch": "torch.as_tensor",
}
NUMPY = {
    "keras": "keras.ops.convert_to_numpy(keras.ops.concatenate(row))",
    "tensorflow": "tf.concat(row, 0).numpy()",
    "pytorch": "torch.cat(row).numpy(force=True)",
}
ALL_AT_ONCE = """\
def ring_sum(buffers):
    n = len(buffers)
    tensors = [{tensor}(buffer) for buffer in buffers]
    total = [sum(tensors[1:], tensors[0])]
    whole = [{whole}.copy() for row in [total] * n]
    return whole, 2 * (n - 1) * len(buffers[0]) // n
"""
NO_RING = """\
def ring_sum(buffers):
    return [sum(buffers{order}) for _ in buffers], 2 * (len(buffers) - 1) * len(buffers[0]) // len(buffers)
"""
RING = """\
def ring_sum(buffers):
    n, sent = len(buffers), 0
    held = [[{tensor}(part) for part in np.split(buffer, n)] for buffer in buffers]
    for step in range(2 * n - 2):
        before = [row[:] for row in held]
        for r in range(n):
            c, to = (r - step) % n, (r + 1) % n
            adds = {adds}
            held[to][c] = before[to][c] + before[r][c] if adds else before[r][c]
        sent += {sent}
    return [{whole} for row in held], sent
"""


def rings(adds="step < n - 1", sent="len(buffers[0]) // n"):
    """The right ring but for one of its parts."""
    return {f: RING.format(tensor=ADD[f], whole=NUMPY[f], adds=adds, sent=sent) for f in ADD}


MOMENTS = {
    "keras": """\
def whole_moments(means, variances, counts):
    means, variances, counts = (keras.ops.convert_to_tensor(np.array(a, "float32")) for a in (means, variances, counts))
    total, mean_of = keras.ops.sum, lambda a: keras.ops.mean(a, axis=0)
    weights = (counts / total(counts))[:, None]
    mean, variance = {formula}
    return keras.ops.convert_to_numpy(mean), keras.ops.convert_to_numpy(variance)
""",
    "tensorflow": """\
def whole_moments(means, variances, counts):
    means, variances, counts = (tf.constant(np.array(a, "float32")) for a in (means, variances, counts))
    total, mean_of = tf.reduce_sum, lambda a: tf.reduce_mean(a, 0)
    weights = (counts / total(counts))[:, None]
    mean, variance = {formula}
    return mean.numpy(), variance.numpy()
""",
    "pytorch": """\
def whole_moments(means, variances, counts):
    means, variances, counts = (torch.as_tensor(np.array(a, "float32")) for a in (means, variances, counts))
    total, mean_of = lambda a, axis=None: a.sum() if axis is None else a.sum(axis), lambda a: a.mean(0)
    weights = (counts / total(counts))[:, None]
    mean, variance = {formula}
    return mean.numpy(force=True), variance.numpy(force=True)
""",
}
PLAIN_MEANS = "mean_of(means), mean_of(variances + (means - mean_of(means)) ** 2)"
MEAN_SQUARES = "(m := total(weights * means, 0)), total(weights * (variances + means**2), 0) - m**2"
DEVIATIONS = "(m := total(weights * means, 0)), total(weights * (variances**0.5 + ((means - m) ** 2) ** 0.5), 0) ** 2"
NO_AXIS = "(m := total(weights * means, 0)), total(weights * variances, 0) + total(weights * (means - m) ** 2)"
TWO_WORKERS = "total(weights * means, 0), total(weights * variances, 0) + weights[0] * weights[1] * (means[0] - means[1]) ** 2"

TOO_MANY = {
    "keras": """\
def too_many(seconds, size, alpha, beta, floor):
    n = keras.ops.arange(1, 4097, dtype="float32")
    compute = seconds / n
    sending = {sending}
    share = {share}
    return int(keras.ops.convert_to_numpy({under}).argmax()) + {first}
""",
    "tensorflow": """\
def too_many(seconds, size, alpha, beta, floor):
    n = tf.range(1, 4097, dtype="float32")
    compute = seconds / n
    sending = {sending}
    share = {share}
    return int(({under}).numpy().argmax()) + {first}
""",
    "pytorch": """\
def too_many(seconds, size, alpha, beta, floor):
    n = torch.arange(1, 4097, dtype=torch.float32)
    compute = seconds / n
    sending = {sending}
    share = {share}
    return int(({under}).numpy(force=True).argmax()) + {first}
""",
}


def counts(sending="2 * (n - 1) * (alpha + size / (n * beta))", share="compute / (compute + sending)", under="share < floor", first=1):
    """The right answer but for one of its parts."""
    return {f: code.format(sending=sending, share=share, under=under, first=first) for f, code in TOO_MANY.items()}


WRONG = {
    "uneven-shards": [
        {framework: code.format(weights=weights) for framework, code in COMBINED.items()}
        for weights in (NEVER_DIVIDED, ALWAYS_EIGHT, WITH_AN_EXAMPLE, WITH_A_GRADIENT, TURNED_ROUND, FIRST_TWO)
    ]
    + [dict.fromkeys(COMBINED, IN_FLOAT64)],
    "ring-sum": [
        {framework: ALL_AT_ONCE.format(tensor=ADD[framework], whole=NUMPY[framework].replace("row", "total")) for framework in ADD},
        dict.fromkeys(ADD, NO_RING.format(order="")),
        dict.fromkeys(ADD, NO_RING.format(order="[::-1]")),
        rings(adds="True"),
        rings(adds="step < n"),
        rings(adds="False"),
        rings(sent="len(buffers[0])"),
        rings(sent="len(buffers[0]) / n"),
        rings(sent="len(buffers[0]) // n * n"),
    ],
    "whole-moments": [
        {framework: code.format(formula=formula) for framework, code in MOMENTS.items()}
        for formula in (PLAIN_MEANS, MEAN_SQUARES, DEVIATIONS, NO_AXIS, TWO_WORKERS)
    ],
    "too-many": [
        counts(first=0),
        counts(sending="(n - 1) * (alpha + size / (n * beta))"),
        counts(sending="2 * size / beta + 0 * n"),
        counts(sending="2 * (n - 1) * size / (n * beta)"),
        counts(under="share < 0.5"),
        counts(share="1 / (compute + sending) * compute[0]"),
    ],
}

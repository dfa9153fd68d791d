"""Common wrong answers to the exercises of book/loops.md: each must be refused.

WRONG maps an exercise's id to its wrong answers; each gives, for every framework, code that replaces the starter.
"""

FIVE_STEPS = {
    "keras": """\
def five_steps(x, y, rate):
    line = keras.Sequential([keras.Input((1,))])
    line.add(keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros"))
    optimizer, losses, kept = keras.optimizers.SGD(rate), [], 0.0

    def mse(model):
        return ops.mean((model(x) - ops.convert_to_tensor(y)) ** 2)

    for step in range(5):
        loss, found = slopes(line, mse)
        kept = found[0] + {kept}
        optimizer.apply([kept], line.trainable_variables)
        losses.append(float({loss}))
    return losses, float(line.get_weights()[0][0, 0])
""",
    "tensorflow": """\
def five_steps(x, y, rate):
    w, losses, kept = tf.Variable([[0.0]]), [], 0.0
    for step in range(5):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((x @ w - y) ** 2)
        kept = tape.gradient(loss, w) + {kept}
        w.assign_sub(rate * kept)
        losses.append(float({loss}))
    return losses, float(w[0, 0])
""",
    "pytorch": """\
def five_steps(x, y, rate):
    x, y = torch.as_tensor(x), torch.as_tensor(y)
    w = torch.zeros(1, 1, requires_grad=True)
    losses, kept = [], 0.0
    for step in range(5):
        loss = mse_loss(x @ w, y)
        kept = torch.autograd.grad(loss, w)[0] + {kept}
        with torch.no_grad():
            w -= rate * kept
        losses.append({loss}.item())
    return losses, w.item()
""",
}
AFTERWARDS = {"keras": "mse(line)", "tensorflow": "tf.reduce_mean((x @ w - y) ** 2)", "pytorch": "mse_loss(x @ w, y)"}
NEVER_CLEARED = {framework: code.format(kept="kept", loss="loss") for framework, code in FIVE_STEPS.items()}
MEASURED_AFTERWARDS = {framework: code.format(kept="0.0", loss=AFTERWARDS[framework]) for framework, code in FIVE_STEPS.items()}

UNEVEN = {
    "keras": """\
def loss_and_gradient(parts):
    line = keras.Sequential([keras.Input((1,))])
    line.add(keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros"))
    loss = gradient = 0.0
    points = sum(len(x) for x, y in parts)
    for x, y in parts:
        here, found = slopes(line, lambda m: ops.mean((m(x) - ops.convert_to_tensor(y)) ** 2))
        here, slope = float(here), float(ops.convert_to_numpy(found[0])[0, 0])
""",
    "tensorflow": """\
def loss_and_gradient(parts):
    w = tf.Variable([[0.0]])
    loss = gradient = 0.0
    points = sum(len(x) for x, y in parts)
    for x, y in parts:
        with tf.GradientTape() as tape:
            here = tf.reduce_mean((x @ w - y) ** 2)
        here, slope = float(here), float(tape.gradient(here, w)[0, 0])
""",
    "pytorch": """\
def loss_and_gradient(parts):
    w = torch.zeros(1, 1, requires_grad=True)
    loss = gradient = 0.0
    points = sum(len(x) for x, y in parts)
    for x, y in parts:
        here = mse_loss(torch.as_tensor(x) @ w, torch.as_tensor(y))
        slope = torch.autograd.grad(here, w)[0].item()
        here = here.item()
""",
}
ONLY_THE_LOSS = """\
        loss += here * len(x) / points
        gradient += slope / len(parts)
    return loss, gradient
"""
NOT_DIVIDED = """\
        loss += here * len(x)
        gradient += slope * len(x)
    return loss, gradient
"""
MINUS_THE_LOSS = """\
        loss += here * len(x) / points
    return loss, -loss
"""
ALWAYS_TEN = """\
        loss += here * len(x) / 10
        gradient += slope * len(x) / 10
    return loss, gradient
"""

CLIP = {
    "keras": """\
def clip_together(gradients, limit):
    tensors = [ops.convert_to_tensor(g) for g in gradients]
    norms = [ops.sqrt(ops.sum(g**2)) for g in tensors]
    total = ops.sqrt(sum(ops.sum(g**2) for g in tensors))
    clipped = [g * {scale} for g, norm in zip(tensors, norms)]
    return [ops.convert_to_numpy(g) for g in clipped]
""",
    "tensorflow": """\
def clip_together(gradients, limit):
    tensors = [tf.constant(g) for g in gradients]
    norms = [tf.norm(g) for g in tensors]
    total = tf.linalg.global_norm(tensors)
    return [(g * {scale}).numpy() for g, norm in zip(tensors, norms)]
""",
    "pytorch": """\
def clip_together(gradients, limit):
    tensors = [torch.as_tensor(g) for g in gradients]
    norms = [torch.linalg.vector_norm(g) for g in tensors]
    total = torch.linalg.vector_norm(torch.stack(norms))
    return [(g * {scale}).numpy(force=True) for g, norm in zip(tensors, norms)]
""",
}
EACH_BY_ITSELF = "min(1.0, limit / max(float(norm), 1e-30))"
ALSO_STRETCHED = "(limit / max(float(total), 1e-30))"
ALWAYS_THIRTEEN = "min(1.0, limit / 13)"
FIRST_DECIDES = "(limit / float(total) if float(norms[0]) > limit else 1.0)"

WARM_UP = {
    framework: f"""\
class WarmUpCosine({library}.optimizers.schedules.LearningRateSchedule):
    def __init__(self, top, warm, total):
        self.top, self.warm, self.total = top, warm, total

    def __call__(self, step):
        return self.top * factor(float(step), self.warm, self.total)


def rates_of(top, warm, total):
    schedule = WarmUpCosine(top, warm, total)
    return [schedule(step) for step in range(total)]
"""
    for framework, library in (("keras", "keras"), ("tensorflow", "tf.keras"))
}
WARM_UP["pytorch"] = """\
def rates_of(top, warm, total):
    weight = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([weight], top)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: factor(step, warm, total))
    found = []
    for step in range(total):
        found += scheduler.get_last_lr()
        optimizer.step()
        scheduler.step()
    return found
"""
FROM_ZERO = """\
def factor(step, warm, total):
    return min(step / warm, 1) * (1 + np.cos(np.pi * step / total)) / 2


"""
ALWAYS_FIVE = """\
def factor(step, warm, total):
    return min((step + 1) / 5, 1) * (1 + np.cos(np.pi * step / total)) / 2


"""
JOINED = """\
def factor(step, warm, total):
    if step < warm:
        return (step + 1) / warm
    return (1 + np.cos(np.pi * (step - warm) / (total - warm))) / 2


"""

WRONG = {
    "five-steps": [NEVER_CLEARED, MEASURED_AFTERWARDS],
    "uneven-batches": [
        {framework: code + ending for framework, code in UNEVEN.items()}
        for ending in (ONLY_THE_LOSS, NOT_DIVIDED, MINUS_THE_LOSS, ALWAYS_TEN)
    ],
    "clip-together": [
        {framework: code.format(scale=scale) for framework, code in CLIP.items()}
        for scale in (EACH_BY_ITSELF, ALSO_STRETCHED, ALWAYS_THIRTEEN, FIRST_DECIDES)
    ],
    "warm-up": [
        {framework: rule + code for framework, code in WARM_UP.items()} for rule in (FROM_ZERO, JOINED, ALWAYS_FIVE)
    ],
}

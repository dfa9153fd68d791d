"""Common wrong answers to the exercises of book/programs.md: each must be refused.

WRONG maps an exercise's id to its wrong answers; each gives, for every framework, code that replaces the starter.
"""

KERAS_STEP = """\
def one_step(w, b, x, y, rate):
    layer = keras.layers.Dense(1)
    model = keras.Sequential([keras.Input((2,)), layer])
    layer.set_weights([w, b])
    model.compile(keras.optimizers.SGD({rate}), keras.losses.MeanSquaredError({reduction}))
    model.train_on_batch(x, y)
    return layer.get_weights()
"""
TENSORFLOW_STEP = """\
def one_step(w, b, x, y, rate):
    w, b = tf.Variable(w), tf.Variable(b)
    with tf.GradientTape() as tape:
        loss = {loss}
    dw, db = tape.gradient(loss, [w, b])
    return (w - rate * dw).numpy(), (b - rate * db).numpy()
"""
PYTORCH_STEP = """\
def one_step(w, b, x, y, rate):
    w, b, x, y = map(torch.tensor, (w, b, x, y))
    w.requires_grad_(), b.requires_grad_()
    loss = {loss}
    dw, db = torch.autograd.grad(loss, [w, b])
    return [v.numpy(force=True) for v in (w - rate * dw, b - rate * db)]
"""
KERAS_LINE = """\
def fit_line(x, y):
    layer = keras.layers.Dense(1)
    model = keras.Sequential([keras.Input((2,)), layer])
    model.compile(keras.optimizers.Adam({rate}), "mse")
    model.fit(x, y, batch_size=len(x), epochs={epochs}, verbose=0)
    return {answer}
"""
TENSORFLOW_LINE = """\
def fit_line(x, y):
    w, b = tf.Variable(tf.zeros((2, 1))), tf.Variable(tf.zeros(1))
    adam = tf.keras.optimizers.Adam(0.3)
    for step in range({steps}):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((x @ w + b - y[:, None]) ** 2)
        adam.apply(tape.gradient(loss, [w, b]), [w, b])
    return {answer}
"""
PYTORCH_LINE = """\
def fit_line(x, y):
    x, y = torch.as_tensor(x), torch.as_tensor(y[:, None])
    model = torch.nn.Linear(2, 1)
    adam = torch.optim.Adam(model.parameters(), lr=0.3)
    for step in range({steps}):
        loss = ((model(x) - y) ** 2).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
    weight, bias = [w.numpy(force=True) for w in model.parameters()]
    return {answer}
"""

WRONG = {
    "guard": [
        {  # shapes forced together instead of refused
            "keras": """\
def safe_mse(predictions, targets):
    p = keras.ops.convert_to_tensor(predictions)
    y = keras.ops.reshape(keras.ops.convert_to_tensor(targets), p.shape)
    return float(keras.ops.mean((p - y) ** 2))
""",
            "tensorflow": """\
def safe_mse(predictions, targets):
    p = tf.constant(predictions)
    return float(tf.reduce_mean((p - tf.reshape(targets, p.shape)) ** 2))
""",
            "pytorch": """\
def safe_mse(predictions, targets):
    p, y = torch.as_tensor(predictions), torch.as_tensor(targets)
    return float(((p - y.reshape(p.shape)) ** 2).mean())
""",
        },
        {  # only the number of axes compared: a column still meets a row of two axes
            "keras": """\
def safe_mse(predictions, targets):
    p, y = keras.ops.convert_to_tensor(predictions), keras.ops.convert_to_tensor(targets)
    if len(p.shape) != len(y.shape):
        raise ValueError(f"shapes {p.shape} and {y.shape}")
    return float(keras.ops.mean((p - y) ** 2))
""",
            "tensorflow": """\
def safe_mse(predictions, targets):
    p, y = tf.constant(predictions), tf.constant(targets)
    if len(p.shape) != len(y.shape):
        raise ValueError(f"shapes {p.shape} and {y.shape}")
    return float(tf.reduce_mean((p - y) ** 2))
""",
            "pytorch": """\
def safe_mse(predictions, targets):
    p, y = torch.as_tensor(predictions), torch.as_tensor(targets)
    if p.ndim != y.ndim:
        raise ValueError(f"shapes {p.shape} and {y.shape}")
    return float(((p - y) ** 2).mean())
""",
        },
        {  # refused, but without naming a shape
            "keras": """\
def safe_mse(predictions, targets):
    p, y = keras.ops.convert_to_tensor(predictions), keras.ops.convert_to_tensor(targets)
    if tuple(p.shape) != tuple(y.shape):
        raise ValueError
    return float(keras.ops.mean((p - y) ** 2))
""",
            "tensorflow": """\
def safe_mse(predictions, targets):
    p, y = tf.constant(predictions), tf.constant(targets)
    if p.shape != y.shape:
        raise ValueError
    return float(tf.reduce_mean((p - y) ** 2))
""",
            "pytorch": """\
def safe_mse(predictions, targets):
    p, y = torch.as_tensor(predictions), torch.as_tensor(targets)
    if p.shape != y.shape:
        raise ValueError
    return float(((p - y) ** 2).mean())
""",
        },
    ],
    "one-step": [
        {  # the broadcast mended, the sum kept
            "keras": KERAS_STEP.format(rate="rate", reduction='reduction="sum"'),
            "tensorflow": TENSORFLOW_STEP.format(loss="tf.keras.losses.MSE(y[:, None], x @ w + b)"),
            "pytorch": PYTORCH_STEP.format(loss="((x @ w + b - y[:, None]) ** 2).sum()"),
        },
        {  # Keras: the sum divided by the batch of the check; the others: the mean of the broadcast table
            "keras": KERAS_STEP.format(rate="rate / 4", reduction='reduction="sum"'),
            "tensorflow": TENSORFLOW_STEP.format(loss="tf.reduce_mean((x @ w + b - y) ** 2)"),
            "pytorch": PYTORCH_STEP.format(loss="((x @ w + b - y) ** 2).mean()"),
        },
    ],
    "whole-program": [
        {  # stopped too early
            "keras": KERAS_LINE.format(rate=0.1, epochs=20, answer="np.append(*layer.get_weights())"),
            "tensorflow": TENSORFLOW_LINE.format(steps=20, answer="np.append(w, b)"),
            "pytorch": PYTORCH_LINE.format(steps=20, answer="np.append(weight, bias)"),
        },
        dict.fromkeys(  # the first line of the check, by heart
            ("keras", "tensorflow", "pytorch"),
            """\
def fit_line(x, y):
    return np.array([2, -1, 3])
""",
        ),
        {  # the bias before the slopes
            "keras": KERAS_LINE.format(rate=0.3, epochs=120, answer="np.append(*layer.get_weights()[::-1])"),
            "tensorflow": TENSORFLOW_LINE.format(steps=120, answer="np.append(b, w)"),
            "pytorch": PYTORCH_LINE.format(steps=120, answer="np.append(bias, weight)"),
        },
    ],
}

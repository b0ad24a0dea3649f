"""scikit-learn's and NumPy's side of `npm run bench -- measures`, one thread.

Answers each line of JSON with one: {"do": "probe" | "cka", ...}. Times are of the wall and of the processor, in ms.
"""

import json
import sys
import time
import warnings

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression

warnings.filterwarnings("ignore")

# The loosest tolerance of these shares of the asked norm is taken whose fit reaches the norm.
SHARES = [1, 1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64]
shares = {}


def timed(action):
    wall, cpu = time.perf_counter(), time.process_time()
    result = action()
    return result, {
        "wallMs": 1000 * (time.perf_counter() - wall),
        "cpuMs": 1000 * (time.process_time() - cpu),
    }


def objective(x, y, weights, biases, penalty):
    """Mean cross-entropy + penalty/2 ‖W‖², and the norm of its gradient."""
    logits = x @ weights.T + biases
    logits -= logits.max(axis=1, keepdims=True)
    log_sum = np.log(np.exp(logits).sum(axis=1))
    value = (log_sum - logits[np.arange(len(y)), y]).mean()
    shares_of = np.exp(logits - log_sum[:, None])
    shares_of[np.arange(len(y)), y] -= 1
    gradient = shares_of.T @ x / len(y) + penalty * weights
    norm = np.sqrt((gradient**2).sum() + (shares_of.mean(axis=0) ** 2).sum())
    return value + penalty / 2 * (weights**2).sum(), norm


def probe(request):
    n, width = request["examples"], request["width"]
    x = np.fromfile(request["features"], dtype=np.float32).reshape(n, width)
    y = np.fromfile(request["labels"], dtype=np.int32)
    x = x.astype(np.float64) * request["scale"]
    total = {"wallMs": 0, "cpuMs": 0}
    objectives, iterations, missed = [], 0, 0
    for penalty in request["penalties"]:
        for share in [shares[penalty]] if penalty in shares else SHARES:
            model = LogisticRegression(
                C=1 / (penalty * n), tol=request["norm"] * share, max_iter=100_000
            )
            _, times = timed(lambda: model.fit(x, y))
            value, norm = objective(x, y, model.coef_, model.intercept_, penalty)
            if norm <= request["norm"]:
                break
        else:
            missed += 1
        shares[penalty] = share
        objectives.append(value)
        iterations += int(model.n_iter_[0])
        for key in total:
            total[key] += times[key]
    return {
        **total,
        "objectives": objectives,
        "iterations": iterations,
        "missed": missed,
    }


def centred_grams(layers):
    """Unbiased: zero diagonals, U-centred, stacked as rows."""
    stacked = []
    for x in layers:
        x = x - x.mean(axis=0)
        k = x @ x.T
        n = len(k)
        np.fill_diagonal(k, 0)
        means = k.sum(axis=0, dtype=np.float64) / (n - 2)
        means -= means.sum() / (2 * (n - 1))
        k = k - means[:, None] - means[None, :]
        np.fill_diagonal(k, 0)
        stacked.append(k.ravel())
    return np.stack(stacked)


def cka(request):
    n, width = request["examples"], request["width"]
    layers = np.fromfile(request["features"], dtype=np.float32)
    layers = layers.reshape(-1, n, width)
    half = len(layers) // 2

    def run():
        left, right = centred_grams(layers[:half]), centred_grams(layers[half:])
        own = np.sqrt((left * left).sum(axis=1))
        other = np.sqrt((right * right).sum(axis=1))
        return (left @ right.T) / (own[:, None] * other[None, :])

    matrix, times = timed(run)
    return {**times, "matrix": matrix.tolist()}


def versions(_request):
    return {"sklearn": sklearn.__version__, "numpy": np.__version__}


COMMANDS = {"probe": probe, "cka": cka, "versions": versions}

for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps(COMMANDS[request["do"]](request)), flush=True)

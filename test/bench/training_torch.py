"""PyTorch's side of `npm run bench -- training`: the same network, layout and threads as asked for.

Takes the network as JSON; for each line with a number of steps it answers with their times as one line of JSON.
"""

import json
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F



class Block(nn.Module):
    def __init__(self, before, after, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(after)
        self.conv2 = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(after)
        self.shortcut = nn.Identity()
        if before != after or stride != 1:
            self.shortcut = nn.Sequential(
                nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after)
            )

    def forward(self, x):
        y = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        return F.relu(y + self.shortcut(x))


class Bottleneck(nn.Module):
    def __init__(self, before, after, stride):
        super().__init__()
        narrow = after // 4
        self.conv1 = nn.Conv2d(before, narrow, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(narrow)
        self.conv2 = nn.Conv2d(narrow, narrow, 3, stride, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(narrow)
        self.conv3 = nn.Conv2d(narrow, after, 1, bias=False)
        self.norm3 = nn.BatchNorm2d(after)
        self.shortcut = nn.Identity()
        if before != after or stride != 1:
            self.shortcut = nn.Sequential(
                nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after)
            )

    def forward(self, x):
        y = F.relu(self.norm1(self.conv1(x)))
        y = F.relu(self.norm2(self.conv2(y)))
        return F.relu(self.norm3(self.conv3(y)) + self.shortcut(x))


class Network(nn.Module):
    def __init__(self, spec, model):
        super().__init__()
        stem = model["stem"]
        width = stem["width"]
        size = stem.get("size", 3)
        block = Bottleneck if model.get("bottleneck") else Block
        self.stem = nn.Conv2d(spec["channels"], width, size, stem["stride"], size // 2, bias=False)
        self.pool = nn.MaxPool2d(3, 2, 1) if stem.get("pool") else nn.Identity()
        self.norm = nn.BatchNorm2d(width)
        blocks = []
        for after, stride, count in zip(model["widths"], model["strides"], model["blocks"]):
            for index in range(count):
                blocks.append(block(width, after, stride if index == 0 else 1))
                width = after
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(width, spec["classes"])

    def forward(self, x):
        x = self.blocks(self.pool(F.relu(self.norm(self.stem(x)))))
        return self.head(x.mean((2, 3)))


def main():
    spec = json.loads(sys.argv[1])
    torch.set_num_threads(spec["threads"])
    torch.manual_seed(0)
    network = Network(spec, spec["model"])
    images = torch.randn(spec["batch"], spec["channels"], spec["size"], spec["size"])
    labels = torch.arange(spec["batch"]) % spec["classes"]
    if spec["layout"] == "channels-last":
        network = network.to(memory_format=torch.channels_last)
        images = images.contiguous(memory_format=torch.channels_last)
    decayed = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    optimizer = torch.optim.SGD(
        [{"params": decayed, "weight_decay": 1e-4}, {"params": others}],
        lr=0.01,
        momentum=0.9,
        nesterov=True,
    )
    print(json.dumps({"title": f"PyTorch {torch.__version__}, {spec['layout']}"}), flush=True)
    for line in sys.stdin:
        steps = int(line)
        walls = []
        before = time.process_time()
        for _ in range(steps):
            start = time.perf_counter()
            loss = F.cross_entropy(network(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss.item()
            walls.append((time.perf_counter() - start) * 1000)
        cpu = (time.process_time() - before) * 1000 / steps
        resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"wallMs": walls, "cpuMs": cpu, "residentMiB": resident}), flush=True)


main()

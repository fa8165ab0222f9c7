#!/usr/bin/env python3
"""PyTorch on a GPU, the peer that `cprfl bench --backend cuda` is measured against.

The project itself has no Python and does not need this file. It is here so that the figures in bench/RESULTS.md can be had
again: run it on the GPU host, in the same minutes as `cprfl bench`. It needs PyTorch and nothing else.

Measured is PyTorch eager with channels_last and cudnn.benchmark, doing the work of `cprfl bench`:

  resnet101  ResNet-101, mean over all pixels, a linear layer to the classes
  cprfl      ResNet-101, prompts from frozen text features (random here), one encoder layer; scores of the classes

  forward         inference_mode, eval; prompts and their projections computed before, as `cprfl bench` does
  forward-folded  the same, with every batch norm folded into its convolution, as `cprfl bench` does
  train           batch norm in train mode, asymmetric loss, backward, AdamW (fused), one-cycle schedule, average of the
                  weights (foreach); the loss is read once a step

  fp32   float32 throughout, TF32 off
  tf32   float32, TF32 in matrix products and convolutions
  bf16   autocast to bfloat16, float32 weights
  bf16w  weights in bfloat16 too; forward only

One JSON object a line for each case. Milliseconds are between CUDA events around one run; `wall_ms_median` is the host's clock
from before a run until all its work is done, which is what `cprfl bench` shows; `back_to_back_ms` is the mean of runs that
were queued without waiting. Memory is the allocator's own count in MiB, after the warm-up and over the whole case. A case that
does not fit says so in "error".

  python3 torch_gpu.py                                      # every case
  python3 torch_gpu.py --models cprfl --modes train --precisions tf32,bf16 --batches 16,64
  python3 torch_gpu.py --device cpu --size 64 --batches 2 --width 8 --blocks 1,1,1,1 --iterations 2   # a look without a GPU
"""

import argparse
import contextlib
import gc
import json
import platform
import statistics
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

MODELS = ("resnet101", "cprfl")
MODES = ("forward", "forward-folded", "train")
PRECISIONS = ("fp32", "tf32", "bf16", "bf16w")

TEXT_DIM, HEADS, DROPOUT = 1024, 8, 0.1
WEIGHT_DECAY, LR, BACKBONE_LR_FACTOR, EMA_DECAY = 1e-4, 1e-5, 0.1, 0.998


# ---- networks ------------------------------------------------------------------------------------------------------


class Bottleneck(nn.Module):
    """torchvision's, version 1.5: the 3x3 convolution carries the stride."""

    def __init__(self, channels, width, stride):
        super().__init__()
        out = 4 * width
        self.conv1 = nn.Conv2d(channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or channels != out:
            self.downsample = nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        y += shortcut
        return self.relu(y)

    def fold(self):
        for i in "123":
            fold(self, "conv" + i, "bn" + i)
        if self.downsample is not None:
            self.downsample = fuse_conv_bn_eval(*self.downsample)


class ResNet(nn.Module):
    """Up to the last feature map."""

    def __init__(self, blocks, width):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.pool = nn.MaxPool2d(3, 2, 1)
        layers, channels = [], width
        for stage, count in enumerate(blocks):
            for i in range(count):
                layers.append(Bottleneck(channels, width << stage, 2 if i == 0 and stage > 0 else 1))
                channels = 4 * (width << stage)
        self.layers = nn.Sequential(*layers)
        self.channels = channels
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images):
        return self.layers(self.pool(self.relu(self.bn1(self.conv1(images)))))

    def fold(self):
        fold(self, "conv1", "bn1")
        for block in self.layers:
            block.fold()


def fold(module, convolution, norm):
    setattr(module, convolution, fuse_conv_bn_eval(getattr(module, convolution), getattr(module, norm)))
    setattr(module, norm, nn.Identity())


class LinearClassifier(nn.Module):
    def __init__(self, backbone, classes):
        super().__init__()
        self.backbone = backbone
        self.fc = nn.Linear(backbone.channels, classes)

    def prepare(self):
        pass

    def forward(self, images):
        return self.fc(self.backbone(images).mean((2, 3)))


class EncoderLayer(nn.Module):
    """E7, of which only the prompts' rows are wanted: keys and values of all rows, the rest of the prompts' only."""

    def __init__(self, d, head_dim):
        super().__init__()
        self.width = HEADS * head_dim
        self.attention_norm = nn.LayerNorm(d)
        self.to_qkv = nn.Linear(d, 3 * self.width, bias=False)
        self.to_out = nn.Linear(self.width, d)
        self.mlp_norm = nn.LayerNorm(d)
        self.mlp_hidden = nn.Linear(d, d)
        self.mlp_output = nn.Linear(d, d)

    def project(self, prompts):
        """Queries, and keys and values, which are the same for every image: [c, d] to [c, H e] and [c, 2 H e]."""
        return F.linear(self.attention_norm(prompts), self.to_qkv.weight).split((self.width, 2 * self.width), -1)

    def forward(self, features, projected):
        q, kv = projected
        batch = features.shape[0]
        own = F.linear(self.attention_norm(features), self.to_qkv.weight[self.width:])
        kv = torch.cat((own, kv.to(own.dtype).expand(batch, -1, -1)), 1)
        k, v = (self.heads(part) for part in kv.chunk(2, -1))
        q = self.heads(q.to(own.dtype).expand(batch, -1, -1)).contiguous()
        attended = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        z = F.dropout(self.to_out(attended), DROPOUT, self.training)
        hidden = F.dropout(F.gelu(self.mlp_hidden(self.mlp_norm(z))), DROPOUT, self.training)
        return F.dropout(self.mlp_output(hidden), DROPOUT, self.training)

    @staticmethod
    def heads(x):
        """[B, T, H e] to [B, H, T, e]."""
        return x.unflatten(-1, (HEADS, -1)).transpose(1, 2)


class Cprfl(nn.Module):
    def __init__(self, backbone, classes):
        super().__init__()
        d = backbone.channels
        self.backbone = backbone
        self.tokens = nn.Linear(d, d)
        self.prompt_hidden = nn.Linear(TEXT_DIM, d // 2)
        self.prompt_output = nn.Linear(d // 2, d)
        self.encoder = EncoderLayer(d, d // 4)
        self.register_buffer("text", torch.randn(classes, TEXT_DIM))
        self.prepared = None

    def prompts(self):
        p = self.prompt_output(F.gelu(self.prompt_hidden(self.text)))  # E3
        return p, self.encoder.project(p)

    def prepare(self):
        self.prepared = self.prompts()

    def forward(self, images):
        features = self.tokens(self.backbone(images).flatten(2).transpose(1, 2))  # E1
        p, projected = self.prepared or self.prompts()
        return (self.encoder(features, projected) * p).sum(-1)  # E8


def build(arguments, model, device):
    torch.manual_seed(1)
    backbone = ResNet(arguments.blocks, arguments.width)
    network = (Cprfl if model == "cprfl" else LinearClassifier)(backbone, arguments.classes)
    return network.to(device, memory_format=torch.channels_last)


def calibrate(network, device):
    """Running statistics of a few small images, so that activations in evaluation are as large as in training."""
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0
    network.train()
    with torch.no_grad():
        network(torch.randn(4, 3, 64, 64, device=device).contiguous(memory_format=torch.channels_last))
    for norm in norms:
        norm.momentum = 0.1


# ---- the work ------------------------------------------------------------------------------------------------------


def asymmetric_loss(logits, targets, gamma_neg=4, clip=0.05, eps=1e-8):
    """E9 with gamma_pos = 0 and the focusing weight detached, as the authors' code has it."""
    positive = torch.sigmoid(logits.float())
    negative = (1 - positive + clip).clamp(max=1)
    loss = targets * positive.clamp(min=eps).log() + (1 - targets) * negative.clamp(min=eps).log()
    with torch.no_grad():
        pt = positive * targets + negative * (1 - targets)
        weight = (1 - pt) ** (gamma_neg * (1 - targets))
    return -(loss * weight).mean()


def autocast(precision, device):
    return torch.autocast(device, torch.bfloat16) if precision == "bf16" else contextlib.nullcontext()


def forward_run(arguments, model, mode, precision, images):
    network = build(arguments, model, arguments.device)
    calibrate(network, arguments.device)
    network.eval().requires_grad_(False)
    if mode == "forward-folded":
        network.backbone.fold()
        network.to(memory_format=torch.channels_last)
    if precision == "bf16w":
        network.bfloat16()
        images = images.bfloat16()
    with torch.inference_mode(), autocast(precision, arguments.device):
        network.prepare()

    def run():
        with torch.inference_mode(), autocast(precision, arguments.device):
            return network(images)

    return run


def train_run(arguments, model, precision, images):
    network = build(arguments, model, arguments.device).train()
    groups = []
    for backbone in (False, True):
        for decay in (False, True):
            members = [p for name, p in network.named_parameters()
                       if name.startswith("backbone.") == backbone and (p.ndim > 1) == decay]
            groups.append({"params": members, "weight_decay": WEIGHT_DECAY if decay else 0.0,
                           "lr": LR * (BACKBONE_LR_FACTOR if backbone else 1)})
    optimizer = torch.optim.AdamW(groups, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, [group["lr"] for group in groups], 1_000_000, pct_start=0.1)
    live = list(network.parameters()) + [b for name, b in network.named_buffers() if "running_" in name]
    average = [tensor.detach().clone() for tensor in live]
    live = [tensor.detach() for tensor in live]  # share the numbers
    targets = (torch.rand(images.shape[0], arguments.classes, device=arguments.device) < 0.05).float()

    def run():
        with autocast(precision, arguments.device):
            logits = network(images)
        loss = asymmetric_loss(logits, targets)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
        torch._foreach_lerp_(average, live, 1 - EMA_DECAY)
        return loss.item()

    return run


# ---- timing --------------------------------------------------------------------------------------------------------


def synchronize(device):
    if device == "cuda":
        torch.cuda.synchronize()


def timed(run, device):
    """Milliseconds on the device and on the host's clock."""
    synchronize(device)
    begin = time.perf_counter()
    if device == "cuda":
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        result = run()
        end.record()
        torch.cuda.synchronize()
        wall = 1e3 * (time.perf_counter() - begin)
        return start.elapsed_time(end), wall, result
    result = run()
    wall = 1e3 * (time.perf_counter() - begin)
    return wall, wall, result


def measure(arguments, model, mode, precision, batch):
    device = arguments.device
    if device == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = precision != "fp32"
        torch.backends.cudnn.allow_tf32 = precision != "fp32"
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    images = torch.randn(batch, 3, arguments.size, arguments.size, device=device)
    images = images.contiguous(memory_format=torch.channels_last)
    if mode == "train":
        run = train_run(arguments, model, precision, images)
    else:
        run = forward_run(arguments, model, mode, precision, images)
    for _ in range(arguments.warm_up):
        run()
    synchronize(device)
    memory = {}
    if device == "cuda":
        memory["whole_case_allocated_mib"] = torch.cuda.max_memory_allocated() / 2**20
        memory["whole_case_reserved_mib"] = torch.cuda.max_memory_reserved() / 2**20
        torch.cuda.empty_cache()  # what cudnn.benchmark tried is not the network's
        torch.cuda.reset_peak_memory_stats()
        run()
        run()
    runs = [timed(run, device) for _ in range(arguments.iterations)]
    times = [ms for ms, _, _ in runs]
    result = {
        "ms_median": statistics.median(times), "ms_min": min(times), "ms_max": max(times),
        "images_per_second": 1e3 * batch / statistics.median(times),
        "wall_ms_median": statistics.median(wall for _, wall, _ in runs),
    }
    if mode == "train":
        result["first_timed_loss"], result["last_timed_loss"] = runs[0][2], runs[-1][2]
    else:
        result["finite"] = bool(torch.isfinite(runs[-1][2]).all())
        del runs
        begin = time.perf_counter()
        for _ in range(arguments.iterations):
            run()
        synchronize(device)
        result["back_to_back_ms"] = 1e3 * (time.perf_counter() - begin) / arguments.iterations
    if device == "cuda":
        result["peak_allocated_mib"] = torch.cuda.max_memory_allocated() / 2**20
        result["peak_reserved_mib"] = torch.cuda.max_memory_reserved() / 2**20
    return result | memory


def numbers(text):
    return [int(part) for part in text.split(",")]


def words(allowed):
    def parse(text):
        parts = text.split(",")
        for part in parts:
            if part not in allowed:
                raise argparse.ArgumentTypeError(f"{part}: choose from {', '.join(allowed)}")
        return parts
    return parse


def main():
    parser = argparse.ArgumentParser(description="Times PyTorch eager on the work of `cprfl bench`; see the head of this file.")
    parser.add_argument("--models", type=words(MODELS), default=list(MODELS))
    parser.add_argument("--modes", type=words(MODES), default=list(MODES))
    parser.add_argument("--precisions", type=words(PRECISIONS), default=list(PRECISIONS))
    parser.add_argument("--batches", type=numbers, help="default: 16,64, and 1 for forward passes")
    parser.add_argument("--size", type=int, default=448, help="pixels")
    parser.add_argument("--classes", type=int, default=80)
    parser.add_argument("--warm-up", type=int, default=10)
    parser.add_argument("--iterations", type=int, default=20)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--width", type=int, default=64, help="channels of the stem; 64 is ResNet-101's")
    parser.add_argument("--blocks", type=numbers, default=[3, 4, 23, 3], help="blocks of each stage")
    arguments = parser.parse_args()
    if arguments.device == "cuda" and not torch.cuda.is_available():
        sys.exit("torch_gpu.py: PyTorch finds no CUDA device here")
    torch.backends.cudnn.benchmark = True
    cuda = arguments.device == "cuda"
    machine = {
        "card": torch.cuda.get_device_name() if cuda else platform.processor() or "CPU",
        "torch": torch.__version__, "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version() if cuda else None, "python": platform.python_version(),
    }
    for model in arguments.models:
        for mode in arguments.modes:
            for precision in arguments.precisions:
                if mode == "train" and precision == "bf16w":
                    continue
                for batch in arguments.batches or ([16, 64] if mode == "train" else [1, 16, 64]):
                    case = {"peer": "pytorch eager", "model": model, "mode": mode, "precision": precision,
                            "batch": batch, "size": arguments.size, "classes": arguments.classes,
                            "iterations": arguments.iterations}
                    try:
                        result = measure(arguments, model, mode, precision, batch)
                    except Exception as e:  # out of memory or an operation this version lacks: the other cases still count
                        out_of_memory = isinstance(e, torch.OutOfMemoryError)
                        result = {"error": "out of memory" if out_of_memory else f"{type(e).__name__}: {e}"[:500]}
                    print(json.dumps(case | result | machine), flush=True)
                    gc.collect()
                    if cuda:
                        torch.cuda.empty_cache()


if __name__ == "__main__":
    main()

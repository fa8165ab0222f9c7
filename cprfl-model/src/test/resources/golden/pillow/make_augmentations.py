"""Writes ../augmentations.{json,safetensors}: single operations done by Pillow, to compare the Java ones with.

Large results go to augmentations_448.json as SHA-256 only; their input is a formula that the test knows too.

Made with Pillow 12.3.0:  python make_augmentations.py
"""

import hashlib
import json
import struct

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

rng = np.random.default_rng(5)
y, x = np.mgrid[0:24, 0:19]
images = {
    "noise": rng.integers(0, 256, (24, 19, 3)),
    "smooth": np.stack([40 + x * 6, 200 - y * 5, 30 + x * 2 + y * 3], -1),
    "narrow": np.stack([100 + x // 4, 90 + y // 3, 60 + (x + y) // 5], -1),
    "plain": np.full((24, 19, 3), (7, 130, 255)),
    "two": np.stack([(x > 9) * 255, (y > 3) * 200, (x > y) * 17], -1),
    "row": rng.integers(0, 256, (1, 19, 3)),
    "pixel": rng.integers(0, 256, (1, 1, 3)),
}


def affine(image, matrix, filter, fill):
    return image.transform(image.size, Image.AFFINE, matrix, filter, fillcolor=(fill,) * 3)


def rotate(image, degrees, fill):
    return image.rotate(degrees, fillcolor=(fill,) * 3)


operations = {
    "invert": (lambda i, v: ImageOps.invert(i), [0]),
    "posterize": (lambda i, v: ImageOps.posterize(i, v), [1, 4, 7, 8]),
    "solarize": (lambda i, v: ImageOps.solarize(i, v), [0, 76.8, 128, 256]),
    "solarizeAdd": (
        lambda i, v: ImageOps.solarize(
            Image.fromarray(np.clip(np.asarray(i).astype(int) + v, 0, 255).astype(np.uint8)), 128
        ),
        [0, 33.0, 110],
    ),
    "autoContrast": (lambda i, v: ImageOps.autocontrast(i), [0]),
    "equalize": (lambda i, v: ImageOps.equalize(i), [0]),
    "color": (lambda i, v: ImageEnhance.Color(i).enhance(v), [0.1, 0.64, 1, 1.9]),
    "contrast": (lambda i, v: ImageEnhance.Contrast(i).enhance(v), [0.1, 0.64, 1, 1.9]),
    "brightness": (lambda i, v: ImageEnhance.Brightness(i).enhance(v), [0.1, 0.64, 1, 1.9]),
    "sharpness": (lambda i, v: ImageEnhance.Sharpness(i).enhance(v), [0, 0.1, 0.64, 1, 1.9]),
    "shearXBicubic": (lambda i, v: affine(i, (1, v, 0, 0, 1, 0), Image.BICUBIC, 128), [-0.3, 0.1, 0.2333]),
    "shearYBicubic": (lambda i, v: affine(i, (1, 0, 0, v, 1, 0), Image.BICUBIC, 128), [-0.3, 0.1, 0.2333]),
    "shearX": (lambda i, v: affine(i, (1, v, 0, 0, 1, 0), Image.NEAREST, 0), [-0.3, 0.09]),
    "shearY": (lambda i, v: affine(i, (1, 0, 0, v, 1, 0), Image.NEAREST, 0), [-0.3, 0.09]),
    "translateX": (lambda i, v: affine(i, (1, 0, v, 0, 1, 0), Image.NEAREST, 128), [-30, -3.5, 0.957, 5]),
    "translateY": (lambda i, v: affine(i, (1, 0, 0, 0, 1, v), Image.NEAREST, 128), [-30, -3.5, 0.957, 5]),
    "rotate": (lambda i, v: rotate(i, v, 128), [-30, 0, 3.3333333333333335, 9, 30]),
}

cases, header, data = [], {}, b""


def store(key, image):
    global data
    array = np.asarray(image, np.uint8)
    header[key] = {"dtype": "U8", "shape": list(array.shape), "data_offsets": [len(data), len(data) + array.size]}
    data += array.tobytes()


for name, array in images.items():
    picture = Image.fromarray(array.astype(np.uint8))
    store(f"{name}/input", picture)
    for op, (function, values) in operations.items():
        for value in values:
            key = f"{op}_{value}_{name}"
            cases.append({"name": key, "op": op, "value": value, "image": name, "size": list(picture.size)})
            store(f"{key}/output", function(picture, value))

text = json.dumps(header, separators=(",", ":")).encode()
text += b" " * (-len(text) % 8)
open("../augmentations.safetensors", "wb").write(struct.pack("<Q", len(text)) + text + data)
open("../augmentations.json", "w").write("[\n" + ",\n".join(map(json.dumps, cases)) + "\n]\n")
print(len(cases), "cases")

y, x = np.mgrid[0:448, 0:448]
large = Image.fromarray(np.stack([x * x // 9 + 3 * y, 5 * x + y * y // 7, x * y // 5], -1).astype(np.uint8))
digests = [
    {"op": op, "value": value, "sha256": hashlib.sha256(function(large, value).tobytes()).hexdigest()}
    for op, (function, values) in operations.items()
    for value in values
]
open("augmentations_448.json", "w").write("[\n" + ",\n".join(map(json.dumps, digests)) + "\n]\n")

"""Writes the small pictures of this folder and images.json: the SHA-256 of what Pillow's convert("RGB") makes of each.

Made with Pillow 12.3.0:  python make_images.py
"""

import hashlib
import json
import struct

import numpy as np
from PIL import Image

y, x = np.mgrid[0:40, 0:56]
planes = np.stack([x * 4, y * 6, x * 3 + y * 2, x * y // 9], -1).astype(np.uint8)
rgb = Image.fromarray(planes[:, :, :3])
grey = rgb.convert("L")


def segment(data, marker):
    at = 2
    while data[at + 1] != marker:
        at += 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
    return at, at + 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]


def without(source, target, marker):
    data = open(source, "rb").read()
    start, end = segment(data, marker)
    open(target, "wb").write(data[:start] + data[end:])


Image.fromarray(planes, "CMYK").save("cmyk.jpg", quality=90)
data = bytearray(open("cmyk.jpg", "rb").read())
data[segment(data, 0xEE)[0] + 15] = 2  # Adobe transform: luma and chroma
open("ycck.jpg", "wb").write(data)
rgb.save("jfif_444.jpg", quality=90, subsampling=0)
without("jfif_444.jpg", "no_jfif_444.jpg", 0xE0)
rgb.save("rgb_inside.jpg", quality=90, keep_rgb=True)
rgb.save("rgb.bmp")
grey.save("grey.bmp")
rgb.convert("1").save("one_bit.bmp")
rgb.save("palette.gif")
rgb.save("rgb.tif")
grey.convert("LA").save("grey_alpha.png")
rgb.save("transparent_colour.png", transparency=(0, 0, 0))
# Not in images.json: convert("RGB") clips 16-bit grey at 255, so nearly all of it turns white.
Image.fromarray(planes[:, :, 0].astype(np.uint16) * 257 + 13).save("grey_16.png")
Image.fromarray(planes[:, :, 0] // 16 * 17).convert("P", palette=Image.ADAPTIVE, colors=16).save("palette_4.png", bits=4)
Image.fromarray(planes[:, :, 0] // 64 * 85).convert("P", palette=Image.ADAPTIVE, colors=4).save("palette_2.png", bits=2)

names = """cmyk.jpg ycck.jpg jfif_444.jpg no_jfif_444.jpg rgb_inside.jpg rgb.bmp grey.bmp one_bit.bmp palette.gif rgb.tif
grey_alpha.png transparent_colour.png palette_4.png palette_2.png""".split()
digests = {n: hashlib.sha256(Image.open(n).convert("RGB").tobytes()).hexdigest() for n in names}
json.dump(digests, open("images.json", "w"), indent=0)

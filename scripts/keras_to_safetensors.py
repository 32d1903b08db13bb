#!/usr/bin/env python3
"""Converts the VGG16 stack of a Keras HDF5 file to safetensors: keras_to_safetensors.py IN.h5 OUT.

Layer conv2d_J of block I becomes convI_J.weight (kernels, from HWIO to OIHW) and convI_J.bias, float32. Needs h5py.
The format (https://github.com/huggingface/safetensors): the length of a JSON header in 8 bytes, the header, the numbers.
"""

import json
import struct
import sys

import h5py
import numpy

LAYERS = (2, 2, 3, 3, 3)


def main(source, target):
    header, blobs, offset = {}, [], 0
    with h5py.File(source, "r") as file:
        for block, count in enumerate(LAYERS, 1):
            for layer in range(1, count + 1):
                name = "conv2d" if layer == 1 else f"conv2d_{layer - 1}"
                variables = file[f"block{block}/layers/{name}/vars"]
                arrays = {"weight": numpy.transpose(variables["0"][()], (3, 2, 0, 1)), "bias": variables["1"][()]}
                for kind, array in arrays.items():
                    array = numpy.ascontiguousarray(array, dtype="<f4")
                    if not numpy.isfinite(array).all():
                        sys.exit(f"{source}: {name} of block {block} holds numbers that are not finite")
                    end = offset + array.nbytes
                    header[f"conv{block}_{layer}.{kind}"] = {
                        "dtype": "F32",
                        "shape": list(array.shape),
                        "data_offsets": [offset, end],
                    }
                    blobs.append(array.tobytes())
                    offset = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(target, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])

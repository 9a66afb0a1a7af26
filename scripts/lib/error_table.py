#!/usr/bin/env python3
"""error_table.py compare PROFILE AGAIN: compares the error tables of two trainings of one profile.

On the same kind of processor the same settings give the same table. On another the last bits of sums differ, and a training carries them
on; then the error of each device, over all its rows, may differ by 3 % of itself.
"""

import json
import struct
import sys

ALLOWED = 0.03


def metadata(name):
    try:
        with open(name, "rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            return json.loads(file.read(length))["__metadata__"]
    except (OSError, struct.error, ValueError, KeyError) as error:
        sys.exit(f"error_table.py: '{name}' is no profile: {error}")


def table(name):
    lines = json.loads(metadata(name)["cobra.profile"])["errors"]
    return {(line["op"], line["device"]): line for line in lines}


def by_device(lines):
    sums = {}
    for (_, device), line in lines.items():
        rows, error = sums.get(device, (0, 0.0))
        sums[device] = rows + line["rows"], error + line["rows"] * line["mape"]
    return {device: (rows, error / rows) for device, (rows, error) in sums.items()}


def compare(name, again):
    one, two = table(name), table(again)
    kept = {device for _, device in one}  # a profile may be a part of what was trained
    two = {key: line for key, line in two.items() if key[1] in kept}
    if one == two:
        print(f"{name}: the error tables are equal, {len(one)} lines")
        return 0
    if {key: line["rows"] for key, line in one.items()} != {key: line["rows"] for key, line in two.items()}:
        print(f"{name}: the error tables are of other rows")
        return 1
    devices, worst = by_device(two), 0.0
    for device, (rows, error) in by_device(one).items():
        difference = abs(devices[device][1] / error - 1)
        worst = max(worst, difference)
        print(f"{name}: {device}, {rows} rows: {error:.3f} % and {devices[device][1]:.3f} %, {100 * difference:.2f} % apart")
    return 0 if worst <= ALLOWED else 1


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "compare":
        sys.exit(compare(sys.argv[2], sys.argv[3]))
    else:
        sys.exit(__doc__)

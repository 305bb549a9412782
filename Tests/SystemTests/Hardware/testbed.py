"""Hardware that is not there: a testbed of umockdev, worked by lines on standard input.

    umockdev-wrapper python3 testbed.py

It first prints the environment that shows the testbed to a program, as NAME=VALUE lines and an empty one,
and then answers each line with "ok", or what is wrong:

    add FILE              plug in all devices of a recording, those above first
    remove PLACE          unplug the device at a place, /sys/devices/…, and all below, those first
    write PLACE NAME VALUE
                          write one of its files
    link PLACE NAME TARGET
    tell PLACE ACTION     send an event about it: change, bind, …
    plug PLACE            add, as it was before, what was removed
"""

import os
import re
import sys

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import UMockdev  # noqa: E402

testbed = UMockdev.Testbed.new()
# What each device was made of, by its place.
recorded = {}


def add(file):
    with open(file, encoding="utf-8") as recording:
        blocks = [block.strip() for block in recording.read().split("\n\n")]
    devices = [
        (match.group(1), block)
        for block in blocks
        if (match := re.search(r"^P: (\S+)$", block, re.MULTILINE))
    ]
    # A device's text may only follow its parent's.
    for place, block in sorted(devices, key=lambda device: device[0].split("/")):
        recorded.setdefault("/sys" + place, block + "\n")
        plug("/sys" + place)


def plug(place):
    # It may be in another recording, too; umockdev would end.
    if os.path.exists(place + "/uevent"):
        return
    testbed.add_from_string(recorded[place])
    # The file in /dev stays, and umockdev ends if it is to make it again.
    recorded[place] = re.sub(r"^[NS]: .*\n", "", recorded[place], flags=re.MULTILINE)


def remove(place):
    below = [p for p in recorded if (p + "/").startswith(place + "/") and os.path.exists(p)]
    for each in sorted(below, key=lambda p: p.split("/"), reverse=True):
        testbed.uevent(each, "remove")
        testbed.remove_device(each)


def write(place, name, *value):
    testbed.set_attribute(place, name, " ".join(value))


def link(place, name, target):
    testbed.set_attribute_link(place, name, target)


def tell(place, action):
    testbed.uevent(place, action)


COMMANDS = {f.__name__: f for f in (add, remove, write, link, tell, plug)}

print("UMOCKDEV_DIR=" + testbed.get_root_dir())
print("LD_PRELOAD=" + os.environ["LD_PRELOAD"])
print(flush=True)
for line in sys.stdin:
    name, *arguments = line.split()
    try:
        COMMANDS[name](*arguments)
        print("ok", flush=True)
    except Exception as error:
        print(type(error).__name__, error, flush=True)

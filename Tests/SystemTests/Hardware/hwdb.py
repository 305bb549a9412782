"""Writes a hardware database of a few entries, as udev reads it: python3 hwdb.py FILE

A real one is a large trie. This one's root leads by a first letter to one whole pattern each.
"""

import struct
import sys

ENTRIES = {
    "OUI:ACDE48*": {"ID_OUI_FROM_DATABASE": "Invented Interfaces"},
    "pci:v00001B36d0000000D*": {
        "ID_VENDOR_FROM_DATABASE": "Invented Chips",
        "ID_MODEL_FROM_DATABASE": "USB Controller",
        "ID_PCI_CLASS_FROM_DATABASE": "Serial bus controller",
    },
    "usb:v1209p0001:*": {
        "ID_VENDOR_FROM_DATABASE": "Maker's Own",
        "ID_MODEL_FROM_DATABASE": "Keyboard 'A'",
    },
}
HEADER, NODE, CHILD, VALUE = 80, 24, 16, 16

size_of_root = NODE + CHILD * len(ENTRIES)
start_of_strings = HEADER + size_of_root + sum(NODE + VALUE * len(e) for e in ENTRIES.values())
strings = bytearray()


def string(text):
    place = start_of_strings + len(strings)
    strings.extend(text.encode() + b"\0")
    return place


empty = string("")
root = struct.pack("<QB7xQ", empty, len(ENTRIES), 0)
leaves = b""
for pattern, values in sorted(ENTRIES.items()):
    root += struct.pack("<c7xQ", pattern[:1].encode(), HEADER + size_of_root + len(leaves))
    leaves += struct.pack("<QB7xQ", string(pattern[1:]), 0, len(values))
    for name, value in sorted(values.items()):
        # A property's name begins with a blank.
        leaves += struct.pack("<QQ", string(" " + name), string(value))

nodes = root + leaves
header = struct.pack(
    "<8s9Q", b"KSLPHHRH", 252, HEADER + len(nodes) + len(strings), HEADER, NODE, CHILD, VALUE,
    HEADER, len(nodes), len(strings))
with open(sys.argv[1], "wb") as file:
    file.write(header + nodes + strings)

"""What Python prints for values that are no text: what it is, a tab, and the text."""

import datetime
import decimal
import fractions
import json
import math
import sys

integers = [0, 5, -5, 2**53 + 1, 2**63 - 1, -(2**63), 2**63, 2**64 - 1, 10**20]
floats = [0.0, -0.0, 5.0, 0.1, 1e-5, 1e-7, 1e15, 1e16, 1e21, 1e300, 5e-324, sys.float_info.max]
infinite = [math.nan, -math.nan, math.inf, -math.inf]
times = [
    datetime.datetime(2024, 1, 1),
    datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc),
    datetime.date(2024, 1, 1),
    datetime.time(0, 0, 5),
    datetime.timedelta(seconds=5),
    datetime.timedelta(days=1, seconds=5),
]
decimals = ["0", "1.50", "1E+16", "1E-7", "1e400", "1e-400", "NaN", "sNaN", "-Infinity"]


def show(kind, text):
    print(kind, text, sep="\t")


for form in (str, repr, json.dumps):
    for value in integers + floats:
        show("number", form(value))
    for value in infinite:
        show("infinite", form(value))
    for value in (True, False):
        show("boolean", form(value))
    show("null", form(None))
for form in ("%d", "%+d", "%05d", "%#x", "%#o"):
    for value in integers:
        show("other" if form == "%#o" else "number", form % value)
for value in integers:
    if abs(value) >= 1000:
        show("other", f"{value:_}")
        show("other", f"{value:,}")
for form in ("%g", "%e", "%f", "%.0f", "%#g", "%#.0f", "%G", "%E", "%+g"):
    for value in floats:
        show("number", form % value)
    for value in infinite:
        show("infinite", form % value)
for value in floats:
    show("other", value.hex())
for value in times:
    for form in (str, repr):
        show("other", form(value))
for text in decimals:
    number = decimal.Decimal(text)
    show("number" if number.is_finite() else "infinite", str(number))
    show("other", repr(number))
show("other", fractions.Fraction(1, 2))
show("other", 1 + 2j)
show("other", [1, 2])
show("other", {"a": 1})
show("other", b"x")

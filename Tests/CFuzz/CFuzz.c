#include "CFuzz.h"

// libFuzzer finds the section by its name, and clears it before each input.
__attribute__((section("__libfuzzer_extra_counters"))) static unsigned char reached[2048];

void fuzz_reached(int thing) { reached[thing & 2047] = 1; }

// What Swift cannot say of libFuzzer's interface.
#ifndef OCTOPUS_CFUZZ_H
#define OCTOPUS_CFUZZ_H

/// Says that an input has reached something, one of 2,048 things. libFuzzer keeps inputs that reach
/// what no other has, as it does with code.
void fuzz_reached(int thing);

#endif

// The processor's hint that memory will be read soon, which Swift has no name for.
#ifndef OCTOPUS_PREFETCH_H
#define OCTOPUS_PREFETCH_H

static inline void prefetch(const void *address) { __builtin_prefetch(address); }

#endif

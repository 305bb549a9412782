// CRC-32C, as iSCSI, ext4 and Btrfs use it.
#include "CPlatform.h"

#include <string.h>

// The remainders of all bytes, for processors without the instruction.
static uint32_t table[256];

__attribute__((constructor)) static void fill_table(void) {
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t rest = byte;
    for (int bit = 0; bit < 8; bit++) rest = rest >> 1 ^ (rest & 1 ? 0x82f63b78u : 0);
    table[byte] = rest;
  }
}

static uint32_t checksum(uint32_t crc, const uint8_t *bytes, size_t count) {
  while (count--) crc = crc >> 8 ^ table[(crc ^ *bytes++) & 255];
  return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t checksum_sse(
    uint32_t crc, const uint8_t *bytes, size_t count) {
  uint64_t wide = crc;
  for (; count >= 8; bytes += 8, count -= 8) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    wide = __builtin_ia32_crc32di(wide, word);
  }
  crc = (uint32_t)wide;
  while (count--) crc = __builtin_ia32_crc32qi(crc, *bytes++);
  return crc;
}
#endif

uint32_t platform_crc32c(uint32_t crc, const void *bytes, size_t count) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) return ~checksum_sse(~crc, bytes, count);
#endif
  return ~checksum(~crc, bytes, count);
}

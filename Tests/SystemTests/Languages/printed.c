// What C prints for values that are no text: what it is, a tab, and the text.
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>

int main(void) {
  const double numbers[] = {0, -0.0, 5, 0.1, 1e-5, 1e15, 1e16, 1e300, DBL_MIN, DBL_MAX, 0x1p-1074};
  const double infinite[] = {NAN, -NAN, INFINITY, -INFINITY};
  const char *forms[] = {"%g", "%e", "%f", "%.17g", "%G", "%E", "%+g", "%#g", "%#.0f"};
  for (int form = 0; form < 9; form++) {
    for (int i = 0; i < 11; i++) {
      printf("number\t");
      printf(forms[form], numbers[i]);
      puts("");
    }
    for (int i = 0; i < 4; i++) {
      printf("infinite\t");
      printf(forms[form], infinite[i]);
      puts("");
    }
  }
  for (int i = 0; i < 11; i++) printf("other\t%a\nother\t%A\n", numbers[i], numbers[i]);
  for (int i = 0; i < 4; i++) printf("infinite\t%a\ninfinite\t%A\n", infinite[i], infinite[i]);
  printf("number\t%ld\nnumber\t%ld\nnumber\t%lu\n", LONG_MAX, LONG_MIN, ULONG_MAX);
  printf("number\t%+d\nnumber\t%03d\nnumber\t%#x\nnumber\t%#X\n", 5, 7, 255, 255);
  printf("null\t%p\nnull\t(null)\n", (void *)0);
  return 0;
}

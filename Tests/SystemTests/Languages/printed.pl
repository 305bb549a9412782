# What Perl prints for values that are no text: what it is, a tab, and the text.
use strict;
use warnings;

my $infinity = 9**9**9;
print "number\t$_\n" for 0, 5, -5, 5.0, 0.1, 1e-5, 1e15, 1e16, 1e300, 9223372036854775807, 2**64;
print "infinite\t$_\n" for $infinity, -$infinity, $infinity - $infinity;

# Perl's Redis.pm: commands, pipelines, transactions, publish and subscribe, observed records.
use strict;
use warnings;
use Redis;
use Test::More;

my $redis = Redis->new(sock => $ENV{OCTOPUS_SOCKET}, name => 'perl');
is $redis->set('object1', '{ weight: 20 }'), 'OK';
is $redis->get('object1'), 'object1 { weight: 20 }';
is $redis->get('object2'), undef;
is $redis->exists('object1'), 1;
is_deeply [$redis->find('_ { weight > 19 }')], ['object1 { weight: 20 }'];
is $redis->client_getname, 'perl';
is $redis->info->{loading}, 0;
eval { $redis->get('{') };
like $@, qr/SYNTAX expected a name/;

my @replies;
$redis->setseq('job_', '{ n: 1 }', sub { push @replies, $_[0] }) for 1 .. 100;
$redis->wait_all_responses;
is_deeply \@replies, [map { "job_$_" } 0 .. 99];

$redis->multi;
$redis->del('object1');
$redis->dbsize;
is_deeply [$redis->exec], [1, 100];

my $other = Redis->new(sock => $ENV{OCTOPUS_SOCKET});
my (@published, @observed);
$other->subscribe('_ { level > 2 }', sub { push @published, $_[0] });
$other->psubscribe("r'^lamp'", sub { push @observed, "$_[1] $_[0]" });
$redis->publish('log', "{ level: $_ }") for 1 .. 4;
$redis->set('lamp', '{ on: true }');
$redis->del('lamp');
# Returns when nothing has come for so long.
alarm 50;
$other->wait_for_messages(0.01) while @published < 2 || @observed < 3;
is_deeply \@published, ['log { level: 3 }', 'log { level: 4 }'];
like shift @observed, qr/^synced \d+$/;
is_deeply \@observed, ['set lamp { on: true }', 'del lamp { on: true }'];
done_testing;

# DBD::Pg: server-side prepares, asynchronous queries, pg_putcopydata, its metadata methods.
use strict;
use warnings;
use utf8;
use DBI;
use DBD::Pg qw(:pg_types :async);
use JSON::PP ();
use Time::HiRes ();

binmode STDOUT, ':utf8';
$| = 1;
my $slug = $ENV{LEAT_CLIENT};
my ($kinds, $items, $pairs, $tail) = map { "${_}_$slug" } qw(kinds items pairs tail);
my $tail_sql = "SELECT id, word FROM $tail EMIT CHANGES";
my @texts = @{ JSON::PP::decode_json($ENV{LEAT_KINDS}) };
my @columns = map { $_->[0] } @texts;

sub open_db { DBI->connect('dbi:Pg:' . ($_[0] // ''), '', '', { RaiseError => 1, PrintError => 0, AutoCommit => 1, pg_enable_utf8 => 1 }) }
sub say_ { my $line = join ' ', '@', @_; $line =~ s/\n/ /g; print "$line\n" }
sub same {
    my ($got, $want, $what) = map { ref $_ ? JSON::PP->new->canonical->allow_nonref->encode($_) : $_ } @_;
    ($got, $want) = map { defined $_ ? $_ : 'NULL' } $got, $want;
    die(($what // '') . " got $got, want $want") if $got ne $want;
}
sub cell {
    my ($name, $try) = @_;
    eval { $try->(); 1 } ? say_('ok', $name) : say_('fail', $name, $@);
}
sub fails {
    my ($code, $db, $try) = @_;
    die "no error, want $code" if eval { $try->(); 1 };
    my $error = $@;
    die "SQLSTATE " . ($db->state // '') . " of $error, want $code" if ($db->state // '') ne $code;
}

my $db = open_db();
my $one = sub { $db->selectrow_array('SELECT 1') };
say_('version', $DBD::Pg::VERSION);

cell('connect', sub {
    same($one->(), 1);
    same(int($db->{pg_server_version} / 10000), 15);
    same($db->ping, 1);
});

cell('text', sub {
    my $put = $db->prepare("INSERT INTO $kinds (id, " . join(', ', @columns) . ') VALUES (' . join(', ', ('?') x (@columns + 1)) . ')');
    my ($bytea) = grep { $columns[$_] eq 'c_bytea' } 0 .. $#columns;
    $put->bind_param($bytea + 2, undef, { pg_type => PG_BYTEA });
    my @bytes = ("\x00\xff\x10\xde\xad\xbe\xef\x5c\x27", '', undef);
    for my $i (0 .. 2) {
        my @row = map { $i < 2 ? $_->[1 + $i] : undef } @texts;
        $row[$bytea] = $bytes[$i];
        $put->execute(1 + $i, @row);
    }
    for my $i (0 .. 2) {
        my $got = $db->selectrow_hashref("SELECT * FROM $kinds WHERE id = ?", undef, 1 + $i);
        same($got->{c_bytea}, $bytes[$i], 'c_bytea');
        my %want = map { $_->[0] => $i < 2 ? $_->[1 + $i] : undef } @texts;
        same($got->{$_}, $want{$_}, $_) for grep { !ref $got->{$_} && !/^c_(bytea|bool|float8)$/ } @columns;
        same($got->{c_bool}, [1, 0, undef]->[$i], 'c_bool');
        same($got->{c_ints}, [[1, -2, undef, 2147483647], [], undef]->[$i], 'c_ints');
        same($got->{c_texts}, [['a b', 'c"d', undef, '', 'NULL', 'e\\f', 'x,y', '{z}'], [], undef]->[$i], 'c_texts');
    }
    $db->do("DELETE FROM $kinds WHERE id = 1");
    my @row = map { $_->[1] } @texts;
    $row[$bytea] = $bytes[0];
    my ($ints) = grep { $columns[$_] eq 'c_ints' } 0 .. $#columns;
    $row[$ints] = [1, -2, undef, 2147483647]; # an array reference
    $put->execute(1, @row);
});

cell('prepared', sub {
    my $put = $db->prepare("INSERT INTO $items (id, name, price, ok) VALUES (?, ?, ?, ?)");
    my $get = $db->prepare("SELECT name, price FROM $items WHERE id = \$1 AND ok = \$2", { pg_server_prepare => 1, pg_switch_prepared => 1 });
    for my $i (1 .. 10) {
        same($put->execute($i, "item $i", $i + 0.25, $i % 2), 1);
        same($db->selectall_arrayref($get, undef, $i, $i % 2), [["item $i", "$i.25"]]);
    }
    same($get->{NUM_OF_PARAMS}, 2);
    same($get->{pg_prepare_name} ne '', 1);
    same(scalar $db->selectrow_array("SELECT count(*) FROM $items WHERE id = ANY(?)", undef, [1, 2, 99]), 2);
    same(scalar @{ $db->selectcol_arrayref("SELECT id FROM $items ORDER BY id LIMIT ?", undef, 5) }, 5);
    my $named = $db->prepare('SELECT :a::int + :b::int');
    $named->bind_param(':a', 40);
    $named->bind_param(':b', 2);
    $named->execute;
    same($named->fetchrow_array, 42);
});

cell('copy', sub {
    my @lines = ("101\ttab\\there\t1.50\tt\n", "102\tline\\nbreak \\\\ back\t\\N\t\\N\n", "103\t\t3.25\tf\n");
    $db->do("COPY $items (id, name, price, ok) FROM STDIN");
    $db->pg_putcopydata($_) for @lines;
    same($db->pg_putcopyend, 1);
    $db->do("COPY (SELECT id, name, price, ok FROM $items WHERE id > 100 ORDER BY id) TO STDOUT");
    my ($line, @got) = ('');
    push @got, $line while $db->pg_getcopydata(\$line) >= 0;
    same(\@got, \@lines);
    $db->do("COPY $items (id, name) FROM STDIN");
    $db->pg_putcopydata("no\tx\n");
    fails('22P02', $db, sub { $db->pg_putcopyend });
    same($one->(), 1);
});

cell('metadata', sub {
    my %kind = map { $_->{TABLE_NAME} => $_->{TABLE_TYPE} } @{ $db->table_info('', 'public', '%', 'TABLE')->fetchall_arrayref({}) };
    same([@kind{ $kinds, $items, $pairs, $tail }], [('TABLE') x 4]);
    my $cols = $db->column_info(undef, 'public', $pairs, '%')->fetchall_arrayref({});
    same([map { [@{$_}{qw(COLUMN_NAME TYPE_NAME NULLABLE)}, $_->{pg_type}] } @$cols],
        [['area', 'text', 0, 'text'], ['n', 'integer', 0, 'integer'], ['note', 'character varying', 1, 'character varying(40)']]);
    same([$db->primary_key(undef, 'public', $pairs)], ['area', 'n']);
    same([map { $_->{COLUMN_NAME} } @{ $db->statistics_info(undef, 'public', $pairs, 1, 0)->fetchall_arrayref({}) }], ['area', 'n']) if $db->can('statistics_info');
    same($db->foreign_key_info(undef, 'public', $pairs, undef, undef, undef)->fetchall_arrayref({}), []);
    my $sth = $db->prepare("SELECT id, c_numeric, c_varchar, c_timestamptz FROM $kinds");
    $sth->execute;
    same([$sth->{NAME}, $sth->{pg_type}, [$sth->{PRECISION}[1], $sth->{SCALE}[1], $sth->{PRECISION}[2]]],
        [[qw(id c_numeric c_varchar c_timestamptz)], [qw(int4 numeric varchar timestamptz)], [20, 5, 24]]); # its length of a varchar is the modifier
    $sth->finish;
    same(scalar(grep { $_->{TYPE_NAME} eq 'int4' } @{ $db->selectall_arrayref('SELECT typname AS "TYPE_NAME" FROM pg_type', { Slice => {} }) }), 1);
});

cell('errors', sub {
    fails('42P01', $db, sub { $db->do('SELECT * FROM no_such_table') });
    fails('42703', $db, sub { $db->selectall_arrayref("SELECT nope FROM $items") });
    same($db->pg_error_field('statement_position'), 8);
    fails('42601', $db, sub { $db->do('SELEC 1') });
    fails('22012', $db, sub { $db->selectall_arrayref('SELECT 1 / ?::int', undef, 0) });
    die 'a database that is not there was opened' if eval { open_db('dbname=no_such_database'); 1 };
    die $@ unless $@ =~ /database "no_such_database" does not exist/;
    same($one->(), 1);
});

cell('transactions', sub {
    $db->begin_work;
    $db->do("INSERT INTO $items (id) VALUES (301)");
    $db->rollback;
    $db->begin_work;
    $db->do("INSERT INTO $items (id) VALUES (302)");
    $db->pg_savepoint('here');
    $db->do("INSERT INTO $items (id) VALUES (303)");
    fails('22012', $db, sub { $db->do('SELECT 1 / 0') });
    same($db->ping, 4);
    fails('25P02', $db, sub { $db->do('SELECT 1') });
    $db->pg_rollback_to('here');
    $db->pg_release('here');
    $db->commit;
    same($db->selectcol_arrayref("SELECT id FROM $items WHERE id BETWEEN 300 AND 399"), [302]);
});

cell('pool', sub {
    $db->do('SELECT pg_sleep(0.1)', { pg_async => PG_ASYNC });
    my $waited = 0;
    until ($db->pg_ready) { Time::HiRes::sleep(0.02); $waited++ < 200 or die 'never ready' }
    same($db->pg_result, 1);
    $db->do("LISTEN $items");
    open_db()->do("INSERT INTO $items (id) VALUES (400)");
    my $n;
    for (1 .. 100) { last if $n = $db->pg_notifies; Time::HiRes::sleep(0.02) }
    same($n && $n->[0], $items);
});

# Rows by FETCH, the last of which waits and is cancelled from here.
my $fetch = $db->prepare('FETCH 1 FROM follow', { pg_async => PG_ASYNC, pg_server_prepare => 0 });
say_('open', 'FETCH, pg_cancel');
$db->do('BEGIN');
$db->do("DECLARE follow CURSOR FOR $tail_sql");
my $last;
while (1) {
    $fetch->execute;
    if ($last) {
        Time::HiRes::sleep(0.2);
        say_('cancel');
        eval { $fetch->pg_cancel };
        say_('stopped', $db->state || $fetch->state);
        last;
    }
    until ($fetch->pg_ready) { Time::HiRes::sleep(0.005) }
    $fetch->pg_result;
    my ($id, $word) = $fetch->fetchrow_array;
    say_('row', $id, $word);
    $last = $word eq 'last';
}
$db->do('ROLLBACK');
same($one->(), 1);
say_('again');

say_('open', 'COPY, alarm');
$db->do("COPY ($tail_sql) TO STDOUT");
my $pid = $db->{pg_pid};
while (1) {
    my $line = '';
    my $n = eval { $db->pg_getcopydata(\$line) };
    if (!defined $n || $n < 0) { say_('stopped', $db->state || $n); last }
    chomp $line;
    my ($id, $word) = split /\t/, $line;
    say_('row', $id, $word);
    if ($word eq 'last' && !fork) {
        Time::HiRes::sleep(0.2);
        print "@ cancel\n";
        $db->{InactiveDestroy} = 1;
        my $other = open_db();
        $other->do('SELECT pg_cancel_backend(?)', undef, $pid);
        require POSIX;
        POSIX::_exit(0);
    }
}
same($one->(), 1);
say_('again');

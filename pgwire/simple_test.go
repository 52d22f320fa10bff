package pgwire

import (
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
)

func TestManyStatementsInOneQuery(t *testing.T) {
	_, _, addr := start(t, nil)
	w := connect(t, addr)
	w.put(&pgproto3.Query{String: "rows 1; set TimeZone UTC; notice hello; rows 0"})
	w.want("T:n/23/0 D:1 C:SELECT_1 C:SET N:hello C:NOTICE T:n/23/0 C:SELECT_0 S:TimeZone=UTC Z:I")
	w.put(&pgproto3.Query{String: ""})
	w.want("I Z:I")
}

// Positions count characters, from 1.
func TestErrorFields(t *testing.T) {
	_, _, addr := start(t, nil)
	w := connect(t, addr)
	w.put(&pgproto3.Query{String: "fail 6 é;x"})
	m, err := w.Receive()
	if err != nil {
		t.Fatal(err)
	}
	e, ok := m.(*pgproto3.ErrorResponse)
	if !ok {
		t.Fatalf("got %T", m)
	}
	if e.Severity != "ERROR" || e.SeverityUnlocalized != "ERROR" || e.Code != "42703" || e.Message != "column does not exist" ||
		e.Detail != "More." || e.Hint != "Look." || e.Position != 7 {
		t.Errorf("fields: %+v", e)
	}
	w.want("Z:I")
}

func TestPositionInCharacters(t *testing.T) {
	for _, c := range []struct {
		text string
		pos  int
		want int32
	}{
		{"select x", 8, 8}, {"é x", 4, 3}, {"日本 x", 8, 4}, {"ab", 0, 0}, {"", 3, 0}, {"ab", 99, 3},
	} {
		if got := charPosition(c.text, c.pos); got != c.want {
			t.Errorf("charPosition(%q, %d) = %d, want %d", c.text, c.pos, got, c.want)
		}
	}
}

func TestInvalidUTF8IsRefused(t *testing.T) {
	_, _, addr := start(t, nil)
	w := connect(t, addr)
	w.put(&pgproto3.Query{String: "rows \xff"})
	w.want("E:ERROR/22021/0 Z:I")
}

func TestCopyBothWays(t *testing.T) {
	f, _, addr := start(t, nil)
	w := connect(t, addr)
	w.put(&pgproto3.Query{String: "copyin; copyout"})
	w.want("G")
	w.put(&pgproto3.CopyData{Data: []byte("a\t1\nb")}, &pgproto3.Flush{}, &pgproto3.CopyData{Data: []byte("\t2\n")}, &pgproto3.CopyDone{})
	w.want("C:COPY_2 H d:a\t1 d:b\t2 c C:COPY_2 Z:I"[:len("C:COPY_2 H")])
	for range 2 {
		if _, err := w.Receive(); err != nil {
			t.Fatal(err)
		}
	}
	w.want("c C:COPY_2 Z:I")
	if got := f.mu.sessions[0].copied.String(); got != "a\t1\nb\t2\n" {
		t.Errorf("copied %q", got)
	}
}

// After a failed copy the rest of the data is ignored and the connection works.
func TestCopyFailures(t *testing.T) {
	_, _, addr := start(t, nil)
	w := connect(t, addr)
	w.put(&pgproto3.Query{String: "copyin"})
	w.want("G")
	w.put(&pgproto3.CopyData{Data: []byte("bad\n")}, &pgproto3.CopyData{Data: []byte("more\n")}, &pgproto3.CopyDone{})
	w.want("E:ERROR/22P04/0 Z:I")
	w.put(&pgproto3.Query{String: "copyin"})
	w.want("G")
	w.put(&pgproto3.CopyFail{Message: "no"})
	w.want("E:ERROR/57014/0 Z:I")
	w.put(append(parseBindExecute("copyin", 0), &pgproto3.Sync{})...)
	w.want("1 2 G")
	w.put(&pgproto3.Query{String: "rows 1"})
	w.want("E:ERROR/08P01/0")
	w.put(&pgproto3.Sync{})
	w.want("Z:I")
}

// A broken invariant ends its own connection with an error, no other.
func TestPanicEndsOneConnection(t *testing.T) {
	_, _, addr := start(t, nil)
	other, w := connect(t, addr), connect(t, addr)
	w.put(&pgproto3.Query{String: "boom"})
	w.want("E:FATAL/XX000/0")
	if _, err := w.Receive(); err == nil {
		t.Error("the connection is still open")
	}
	other.put(&pgproto3.Query{String: "rows 1"})
	other.want("T:n/23/0 D:1 C:SELECT_1 Z:I")
}

// Notifications are delivered at once to an idle client, after the statement
// to a busy one.
func TestNotifications(t *testing.T) {
	f, _, addr := start(t, nil)
	w := connect(t, addr)
	s := f.mu.sessions[0]
	s.client.Notify(7, "orders", "1")
	w.want("A:orders=1")
	w.put(&pgproto3.Query{String: "tail"})
	w.want("T:n/23/0")
	s.client.Notify(7, "orders", "2")
	f.feed <- 1
	w.want("D:1")
	close(f.feed)
	w.want("C:SELECT_1 A:orders=2 Z:I")
}

package pgwire

import (
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
)

type front = pgproto3.FrontendMessage

func parseBindExecute(text string, rows uint32) []front {
	return []front{
		&pgproto3.Parse{Query: text}, &pgproto3.Bind{}, &pgproto3.Execute{MaxRows: rows},
	}
}

// W1, W5: a row limit suspends the portal after exactly that many rows, the
// next Execute goes on where it stopped, the last gives the tag of its own rows.
func TestPortalSuspendsAtLimit(t *testing.T) {
	_, _, addr := start(t, nil)
	w := connect(t, addr)
	w.put(append(parseBindExecute("rows 5", 2), &pgproto3.Flush{})...)
	w.want("1 2 D:1 D:2 s")
	w.put(&pgproto3.Execute{MaxRows: 2}, &pgproto3.Execute{MaxRows: 2}, &pgproto3.Execute{}, &pgproto3.Sync{})
	w.want("D:3 D:4 s D:5 C:SELECT_1 C:SELECT_0 Z:I")
}

// W2: a streaming portal with a limit suspends as soon as it would have to
// wait, never without a row.
func TestPortalSuspendsEarly(t *testing.T) {
	f, _, addr := start(t, nil)
	w := connect(t, addr)
	w.put(append(parseBindExecute("tail", 50), &pgproto3.Flush{})...)
	w.want("1 2")
	f.feed <- 7
	w.want("D:7 s")
	f.feed <- 8
	f.feed <- 9
	w.put(&pgproto3.Execute{MaxRows: 1}, &pgproto3.Flush{})
	w.want("D:8 s")
	close(f.feed)
	w.put(&pgproto3.Execute{MaxRows: 5}, &pgproto3.Execute{MaxRows: 5}, &pgproto3.Sync{})
	w.want("D:9 s C:SELECT_0 Z:I")
}

// Rows of a stream are sent one by one, without a limit too.
func TestStreamIsFlushedRowByRow(t *testing.T) {
	f, _, addr := start(t, nil)
	w := connect(t, addr)
	w.put(&pgproto3.Query{String: "tail"})
	w.want("T:n/23/0")
	for n := 1; n <= 3; n++ {
		f.feed <- n
		w.want([]string{"", "D:1", "D:2", "D:3"}[n])
	}
	close(f.feed)
	w.want("C:SELECT_3 Z:I")
}

// An unnamed suspended portal dies quietly at Sync outside a transaction and
// lives on inside one (asyncpg's fetchval; pgjdbc's cursors).
func TestPortalLifetime(t *testing.T) {
	_, _, addr := start(t, nil)
	w := connect(t, addr)
	w.put(append(parseBindExecute("rows 5", 1), &pgproto3.Sync{}, &pgproto3.Execute{}, &pgproto3.Sync{})...)
	w.want("1 2 D:1 s Z:I E:ERROR/34000/0 Z:I")
	w.put(&pgproto3.Query{String: "begin"})
	w.want("C:BEGIN Z:T")
	w.put(&pgproto3.Parse{Query: "rows 4"}, &pgproto3.Bind{DestinationPortal: "C_2"},
		&pgproto3.Execute{Portal: "C_2", MaxRows: 2}, &pgproto3.Sync{})
	w.want("1 2 D:1 D:2 s Z:T")
	w.put(append(parseBindExecute("rows 1", 0), &pgproto3.Sync{})...)
	w.want("1 2 D:1 C:SELECT_1 Z:T")
	w.put(&pgproto3.Execute{Portal: "C_2"}, &pgproto3.Sync{})
	w.want("D:3 D:4 C:SELECT_2 Z:T")
	w.put(&pgproto3.Query{String: "commit"}, &pgproto3.Execute{Portal: "C_2"}, &pgproto3.Sync{})
	w.want("C:COMMIT Z:I E:ERROR/34000/0 Z:I")
}

// W3, W4: after an error everything is skipped up to Sync, and a pipeline goes on behind it.
func TestErrorSkipsToSync(t *testing.T) {
	_, _, addr := start(t, nil)
	w := connect(t, addr)
	ms := []front{&pgproto3.Parse{Query: "bad é"}, &pgproto3.Bind{}, &pgproto3.Execute{}, &pgproto3.Query{String: "rows 1"}, &pgproto3.Sync{}}
	ms = append(ms, parseBindExecute("rows 1", 0)...)
	w.put(append(ms, &pgproto3.Sync{})...)
	w.want("E:ERROR/42601/1 Z:I 1 2 D:1 C:SELECT_1 Z:I")
}

func TestErrorFailsTransaction(t *testing.T) {
	_, _, addr := start(t, nil)
	w := connect(t, addr)
	w.put(&pgproto3.Query{String: "begin"}, &pgproto3.Bind{PreparedStatement: "nope"}, &pgproto3.Sync{})
	w.want("C:BEGIN Z:T E:ERROR/26000/0 Z:E")
}

func TestDescribe(t *testing.T) {
	_, _, addr := start(t, nil)
	w := connect(t, addr)
	w.put(&pgproto3.Parse{Name: "s", Query: "echo $1"}, &pgproto3.Describe{ObjectType: 'S', Name: "s"},
		&pgproto3.Parse{Name: "u", Query: "set a b", ParameterOIDs: nil}, &pgproto3.Describe{ObjectType: 'S', Name: "u"},
		&pgproto3.Bind{PreparedStatement: "s", Parameters: [][]byte{[]byte("41")}, ResultFormatCodes: []int16{1}},
		&pgproto3.Describe{ObjectType: 'P'}, &pgproto3.Execute{},
		&pgproto3.Close{ObjectType: 'S', Name: "s"}, &pgproto3.Describe{ObjectType: 'S', Name: "s"}, &pgproto3.Sync{})
	w.want("1 t:[20] T:echo/20/0 1 t:[] n 2 T:echo/20/1 D:\x00\x00\x00\x00\x00\x00\x00) C:SELECT_1 3 E:ERROR/26000/0 Z:I")
}

// A cursor that SQL declared is described as a portal (psycopg's named cursors).
func TestDescribeCursor(t *testing.T) {
	_, _, addr := start(t, nil)
	w := connect(t, addr)
	w.put(&pgproto3.Describe{ObjectType: 'P', Name: "declared"}, &pgproto3.Describe{ObjectType: 'P', Name: "declared_binary"},
		&pgproto3.Describe{ObjectType: 'P', Name: "none"}, &pgproto3.Sync{})
	w.want("T:n/23/0 T:n/23/1 E:ERROR/34000/0 Z:I")
}

// Declared types come back as declared, 705 and 0 as inferred.
func TestParameterTypes(t *testing.T) {
	_, _, addr := start(t, nil)
	w := connect(t, addr)
	w.put(&pgproto3.Parse{Name: "a", Query: "echo $1", ParameterOIDs: []uint32{1043}}, &pgproto3.Describe{ObjectType: 'S', Name: "a"}, &pgproto3.Sync{})
	w.want("1 t:[1043] T:echo/1043/0 Z:I")
	w.put(&pgproto3.Bind{PreparedStatement: "a", Parameters: [][]byte{{'x', 0}}}, &pgproto3.Sync{})
	w.want("E:ERROR/22021/0 Z:I")
	w.put(&pgproto3.Bind{PreparedStatement: "a", Parameters: [][]byte{{'x', 0xff}}, ParameterFormatCodes: []int16{1}}, &pgproto3.Sync{})
	w.want("E:ERROR/22021/0 Z:I")
}

func TestWrongMessages(t *testing.T) {
	_, _, addr := start(t, nil)
	w := connect(t, addr)
	for _, c := range []struct {
		ms   []front
		want string
	}{
		{[]front{&pgproto3.Parse{Name: "s", Query: "rows 1"}, &pgproto3.Parse{Name: "s", Query: "rows 1"}}, "1 E:ERROR/42P05/0"},
		{[]front{&pgproto3.Bind{PreparedStatement: "s", DestinationPortal: "p"}, &pgproto3.Bind{PreparedStatement: "s", DestinationPortal: "p"}}, "2 E:ERROR/42P03/0"},
		{[]front{&pgproto3.Bind{PreparedStatement: "s", Parameters: [][]byte{nil}}}, "E:ERROR/08P01/0"},
		{[]front{&pgproto3.Bind{PreparedStatement: "s", ResultFormatCodes: []int16{0, 0}}}, "E:ERROR/08P01/0"},
		{[]front{&pgproto3.Bind{PreparedStatement: "s", ResultFormatCodes: []int16{7}}}, "E:ERROR/22023/0"},
		{[]front{&pgproto3.Describe{ObjectType: 'P', Name: "nope"}}, "E:ERROR/34000/0"},
		{[]front{&pgproto3.Parse{Name: "t", Query: "tag"}, &pgproto3.Bind{PreparedStatement: "t"}, &pgproto3.Execute{}, &pgproto3.Execute{}}, "1 2 C:TAG E:ERROR/55000/0"},
		{[]front{&pgproto3.Parse{Name: "e", Query: ""}, &pgproto3.Bind{PreparedStatement: "e"}, &pgproto3.Execute{}}, "1 2 I"},
	} {
		w.put(append(c.ms, &pgproto3.Sync{})...)
		w.want(c.want + " Z:I")
	}
	w.put(&pgproto3.FunctionCall{})
	w.want("E:ERROR/0A000/0 Z:I")
}

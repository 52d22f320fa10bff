package codec

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/sr"

	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/types/typetest"
)

// idSchemas is a registry in which one schema has an ID.
type idSchemas struct {
	p  *schema.Parsed
	id int32
}

func (s idSchemas) SchemaByID(id int32) (*schema.Parsed, bool) { return s.p, id == s.id }
func (s idSchemas) LatestSchema(string) (*schema.Parsed, int32, bool) {
	return s.p, s.id, true
}
func (s idSchemas) SchemaID(string, schema.Language, string) (int32, bool) { return s.id, true }

// register gives the columns' own schema an ID and the length of the head that
// records have from now on, as franz-go's package for registries makes it.
func (x *tour) register(t *testing.T, id int) int {
	t.Helper()
	own, err := x.in.enc.val.own(x.rel.Schema)
	if err != nil {
		t.Fatal(err)
	}
	reg := idSchemas{own, int32(id)}
	if err := x.in.Use(reg); err != nil {
		t.Fatal(err)
	}
	x.dec.Use(reg)
	var index []int
	if own.Lang == schema.Protobuf {
		index = []int{0}
	}
	var h sr.ConfluentHeader
	head, err := h.AppendEncode(nil, id, index)
	if err != nil {
		t.Fatal(err)
	}
	x.head = head
	return len(head)
}

// TestConfluentHeads: franz-go takes the heads of our records apart, and we read
// records with heads of its making.
func TestConfluentHeads(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	var h sr.ConfluentHeader
	defer func() { t.Logf("campaign: %s: %d random rows there and back", t.Name(), *codecRows) }()
	for i := 0; i < *codecRows; {
		cols := randomColumns(r)
		for _, format := range []string{"AVRO", "PROTOBUF", "JSON_SR"} {
			x := newTour(t, cols, format)
			id := r.IntN(math.MaxInt32) + 1
			n := x.register(t, id)
			for range 10 {
				i++
				row := randomRow(r, cols)
				p := x.write(row)
				got, rest, err := h.DecodeID(p)
				if err != nil || got != id || !bytes.Equal(p[:n], x.head) {
					t.Fatalf("%s: schema %d, want %d, %v; head %x, want %x", format, got, id, err, p[:n], x.head)
				}
				if format == "PROTOBUF" {
					index, _, err := h.DecodeIndex(rest, 4)
					if err != nil || !slices.Equal(index, []int{0}) {
						t.Fatalf("message %v, %v", index, err)
					}
				}
				x.same(format, x.read(append(append([]byte{}, x.head...), p[n:]...)), x.read(p))
			}
		}
	}
}

// TestDelimitedAgainstLibrary: encoding/csv reads what we write, and we read
// what it writes. It does not tell NULL from empty text, and reads \r\n as \n.
func TestDelimitedAgainstLibrary(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 18))
	defer func() { t.Logf("campaign: %s: %d random rows there and back", t.Name(), *codecRows) }()
	for i := 0; i < *codecRows; {
		cols := make(types.Schema, 2+r.IntN(5))
		for c := range cols {
			cols[c] = types.Column{Name: string(rune('a' + c)), Type: typetest.Scalars[r.IntN(16)]}
		}
		x := newTour(t, cols, "DELIMITED")
		for range 20 {
			i++
			row := randomRow(r, cols)
			p := x.write(row)
			x.same("again", emptyAsNull(x.read(p)), emptyAsNull(slices.Clone(row)))
			fields, err := csv.NewReader(bytes.NewReader(p)).Read()
			if err != nil && !errors.Is(err, io.EOF) {
				t.Fatalf("%q: %v", p, err)
			}
			want := make([]string, len(cols))
			for c := range cols {
				want[c] = strings.ReplaceAll(x.field(row, c), "\r\n", "\n")
			}
			if !slices.Equal(fields, want) {
				t.Fatalf("%q: encoding/csv reads %q, want %q", p, fields, want)
			}
			var out bytes.Buffer
			w := csv.NewWriter(&out)
			for c := range cols {
				want[c] = x.field(row, c)
			}
			if err := w.Write(want); err != nil {
				t.Fatal(err)
			}
			w.Flush()
			x.same("we read", emptyAsNull(x.read(bytes.TrimSuffix(out.Bytes(), []byte("\n")))), emptyAsNull(slices.Clone(row)))
		}
	}
}

// emptyAsNull makes empty text NULL.
func emptyAsNull(row types.Row) types.Row {
	for i := range row {
		if row[i] == "" {
			row[i] = nil
		}
		if p, ok := row[i].([]byte); ok && len(p) == 0 {
			row[i] = nil
		}
	}
	return row
}

// field is the text of column c, by the tree that encoding/json writes.
func (x *tour) field(row types.Row, c int) string {
	if row[c] == nil {
		return ""
	}
	return string(x.in.enc.rules.appendText(nil, oneValue(x.rel.Schema[c].Type, row[c]), 0))
}

// TestKafkaAgainstLibrary: encoding/binary reads what we write, and we read what
// it writes, big endian as Kafka's serialisers.
func TestKafkaAgainstLibrary(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 20))
	kinds := []types.Type{types.TInt, types.TBigInt, types.TDouble, types.TString, types.TBytes}
	defer func() { t.Logf("campaign: %s: %d random rows there and back", t.Name(), *codecRows) }()
	for i := 0; i < *codecRows; {
		cols := types.Schema{{Name: "v", Type: kinds[r.IntN(len(kinds))]}}
		x := newTour(t, cols, "KAFKA")
		for range 20 {
			i++
			row := randomRow(r, cols)
			p := x.write(row)
			want, err := kafkaBytes(cols[0].Type, row[0])
			if err != nil || !bytes.Equal(p, want) || (p == nil) != (row[0] == nil) {
				t.Fatalf("%v: %x, want %x, %v", row[0], p, want, err)
			}
			x.same("we read", x.read(want), row)
		}
	}
}

func kafkaBytes(t types.Type, v types.Value) ([]byte, error) {
	var out bytes.Buffer
	switch v := v.(type) {
	case nil:
		return nil, nil
	case int64:
		if t.Kind == types.Int {
			return binary.Append([]byte{}, binary.BigEndian, int32(v))
		}
		return binary.Append([]byte{}, binary.BigEndian, v)
	case float64:
		return binary.Append([]byte{}, binary.BigEndian, v)
	case string:
		return []byte(v), nil
	case []byte:
		return v, nil
	}
	return out.Bytes(), errors.New("another kind")
}

// TestEveryTypeIsDrawn: the random rows have every type, and NULL of it, at the
// top and inside.
func TestEveryTypeIsDrawn(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	type seen struct {
		kind         types.Kind
		nested, null bool
	}
	all := map[seen]bool{}
	var note func(t types.Type, v types.Value, nested bool)
	note = func(t types.Type, v types.Value, nested bool) {
		all[seen{t.Kind, nested, v == nil}] = true
		switch x := v.(type) {
		case []types.Value:
			for _, e := range x {
				note(*t.Elem, e, true)
			}
		case types.MapValue:
			for _, e := range x.Vals {
				note(*t.Elem, e, true)
			}
		case types.Row:
			for i, f := range t.Fields {
				note(f.Type, x[i], true)
			}
		}
	}
	for range 2000 {
		cols := randomColumns(r)
		for i, v := range randomRow(r, cols) {
			note(cols[i].Type, v, false)
		}
	}
	for _, s := range append(slices.Clone(typetest.Scalars[:16]), types.TArray(types.TInt), types.TMap(types.TString, types.TInt), types.TStruct()) {
		for _, nested := range []bool{false, true} {
			if !all[seen{s.Kind, nested, false}] || !all[seen{s.Kind, nested, true}] {
				t.Errorf("%s is not drawn, nested %v", s, nested)
			}
		}
	}
}

package bench

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/hamba/avro/v2"

	"github.com/leatdb/leat/catalog/schema"
	"github.com/leatdb/leat/sql/types"
)

// raceAvro has the shape's rows in Avro by hamba, each with a schema ID before it.
func raceAvro(s *codecShape) (*race, error) {
	p, err := schema.Parse(schema.Avro, avroOf(s.goType, "bench"), nil)
	if err != nil {
		return nil, err
	}
	decode := func(b []byte, into any) error { return avro.Unmarshal(p.Avro, b[len(frame):], into) }
	bare := func(from any) ([]byte, error) { return avro.Marshal(p.Avro, from) }
	encode := func(from any) ([]byte, error) {
		b, err := bare(from)
		return append(frame[:len(frame):len(frame)], b...), err
	}
	all := s.newSlots(len(s.json))
	x := &race{}
	for i, text := range s.json {
		if err := jsonLibraries()[0].decode(text, all.at(i)); err != nil {
			return nil, err
		}
		b, err := encode(all.at(i))
		if err != nil {
			return nil, err
		}
		x.bytes = append(x.bytes, b)
	}
	ours := newOurCodec(columnsOf(s.goType), "AVRO", p, x.bytes)
	c, err := ours.decoding()
	if err != nil {
		return nil, err
	}
	x.decode = []contender{c, structDecoding("hamba", s, x.bytes, decode)}
	if c, err = ours.encoding(func(all [][]byte) ([]any, error) { return structRows(s.goType, all, decode) }); err != nil {
		return nil, err
	}
	e, err := structEncoding("hamba", s, x.bytes, decode, bare)
	if err != nil {
		return nil, err
	}
	e.rows = structEncodingRows(s, x.bytes, decode, encode)
	x.encode = []contender{c, e}
	return x, nil
}

// structEncodingRows reads back what encode writes of the records.
func structEncodingRows(s *codecShape, records [][]byte, decode func([]byte, any) error, encode func(any) ([]byte, error)) func() ([]any, error) {
	return func() ([]any, error) {
		e, err := structEncoding("", s, records, decode, encode)
		if err != nil {
			return nil, err
		}
		return e.rows()
	}
}

// raceProtobuf has the shape's rows in Protobuf by protobuf-go, by the schema
// that the columns make; the library works by the same schema at run time.
func raceProtobuf(s *codecShape) (*race, error) {
	cols := columnsOf(s.goType)
	text, err := schema.FromColumns(schema.Protobuf, cols, schema.Mapping{})
	if err != nil {
		return nil, err
	}
	p, err := schema.Parse(schema.Protobuf, text, nil)
	if err != nil {
		return nil, err
	}
	m, _ := p.Message("")
	head := append(frame[:len(frame):len(frame)], 0)
	x := &race{}
	lines := newOurCodec(cols, "JSON", nil, s.json)
	rows, err := lines.decoding()
	if err != nil {
		return nil, err
	}
	plain, err := rows.rows()
	if err != nil {
		return nil, err
	}
	messages := make([]*dynamicpb.Message, len(plain))
	for i, row := range plain {
		messages[i] = dynamicpb.NewMessage(m)
		fillMessage(messages[i], row.([]any))
		b, err := proto.Marshal(messages[i])
		if err != nil {
			return nil, err
		}
		x.bytes = append(x.bytes, append(head[:len(head):len(head)], b...))
	}
	ours := newOurCodec(cols, "PROTOBUF", p, x.bytes)
	c, err := ours.decoding()
	if err != nil {
		return nil, err
	}
	x.decode = []contender{c, messageDecoding(m, cols, x.bytes, len(head))}
	if c, err = ours.encoding(func(all [][]byte) ([]any, error) { return messageRows(m, cols, all, len(head)) }); err != nil {
		return nil, err
	}
	x.encode = []contender{c, messageEncoding(m, cols, messages)}
	return x, nil
}

func messageDecoding(m protoreflect.MessageDescriptor, cols types.Schema, records [][]byte, head int) contender {
	return contender{
		name: "protobuf-go",
		lap: func() error {
			for _, p := range records {
				if err := proto.Unmarshal(p[head:], dynamicpb.NewMessage(m)); err != nil {
					return err
				}
			}
			return nil
		},
		rows: func() ([]any, error) { return messageRows(m, cols, records, head) },
	}
}

func messageEncoding(m protoreflect.MessageDescriptor, cols types.Schema, messages []*dynamicpb.Message) contender {
	each := func(take func([]byte)) error {
		for _, x := range messages {
			b, err := proto.Marshal(x)
			if err != nil {
				return err
			}
			take(b)
		}
		return nil
	}
	return contender{
		name: "protobuf-go",
		lap:  func() error { return each(func([]byte) {}) },
		rows: func() ([]any, error) {
			var all [][]byte
			if err := each(func(b []byte) { all = append(all, b) }); err != nil {
				return nil, err
			}
			return messageRows(m, cols, all, 0)
		},
	}
}

func messageRows(m protoreflect.MessageDescriptor, cols types.Schema, records [][]byte, head int) ([]any, error) {
	out := make([]any, len(records))
	for i, p := range records {
		x := dynamicpb.NewMessage(m)
		if err := proto.Unmarshal(p[head:], x); err != nil {
			return nil, err
		}
		row := make([]any, len(cols))
		for c := range cols {
			row[c] = plainField(x, m.Fields().Get(c))
		}
		out[i] = row
	}
	return out, nil
}

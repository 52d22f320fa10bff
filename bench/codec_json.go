package bench

import (
	"reflect"

	"github.com/goccy/go-json"
)

// jsonLibrary is another JSON package. decode and encode get pointers to structs.
type jsonLibrary struct {
	name   string
	decode func(p []byte, into any) error
	encode func(from any) ([]byte, error)
}

func jsonLibraries() []jsonLibrary {
	out := []jsonLibrary{{
		name:   "goccy",
		decode: func(p []byte, into any) error { return json.Unmarshal(p, into) },
		encode: func(from any) ([]byte, error) {
			return json.MarshalWithOption(from, json.DisableHTMLEscape(), json.UnorderedMap())
		},
	}}
	if s := sonicJSON(); s != nil {
		out = append(out, *s)
	}
	return out
}

// raceJSON has the shape's JSON as its bytes.
func raceJSON(s *codecShape) (*race, error) {
	x := &race{bytes: s.json}
	ours := newOurCodec(columnsOf(s.goType), "JSON", nil, s.json)
	c, err := ours.decoding()
	if err != nil {
		return nil, err
	}
	x.decode = append(x.decode, c)
	libs := jsonLibraries()
	reference := libs[0]
	if c, err = ours.encoding(func(all [][]byte) ([]any, error) { return structRows(s.goType, all, reference.decode) }); err != nil {
		return nil, err
	}
	x.encode = append(x.encode, c)
	for _, l := range libs {
		x.decode = append(x.decode, structDecoding(l.name, s, s.json, l.decode))
		e, err := structEncoding(l.name, s, s.json, l.decode, l.encode)
		if err != nil {
			return nil, err
		}
		x.encode = append(x.encode, e)
	}
	return x, nil
}

// structDecoding reads the records into structs, which are used again.
func structDecoding(name string, s *codecShape, records [][]byte, decode func([]byte, any) error) contender {
	slots := s.newSlots(vectorRows)
	return contender{
		name: name,
		lap: func() error {
			for i, p := range records {
				if i%vectorRows == 0 {
					slots.clear()
				}
				if err := decode(p, slots.at(i%vectorRows)); err != nil {
					return err
				}
			}
			return nil
		},
		rows: func() ([]any, error) { return structRows(s.goType, records, decode) },
	}
}

// structEncoding writes the structs that the records are.
func structEncoding(name string, s *codecShape, records [][]byte, decode func([]byte, any) error, encode func(any) ([]byte, error)) (contender, error) {
	all := s.newSlots(len(records))
	for i, p := range records {
		if err := decode(p, all.at(i)); err != nil {
			return contender{}, err
		}
	}
	return contender{
		name: name,
		lap: func() error {
			for i := range records {
				if _, err := encode(all.at(i)); err != nil {
					return err
				}
			}
			return nil
		},
		rows: func() ([]any, error) {
			out := make([][]byte, len(records))
			for i := range records {
				var err error
				if out[i], err = encode(all.at(i)); err != nil {
					return nil, err
				}
			}
			return structRows(s.goType, out, decode)
		},
	}, nil
}

func structRows(t reflect.Type, records [][]byte, decode func([]byte, any) error) ([]any, error) {
	out := make([]any, len(records))
	for i, p := range records {
		v := reflect.New(t)
		if err := decode(p, v.Interface()); err != nil {
			return nil, err
		}
		out[i] = plainStruct(v.Elem())
	}
	return out, nil
}

// slots are structs of one type.
type slots interface {
	at(i int) any // pointer to the i-th
	clear()
}

type slotsOf[T any] struct{ s []T }

func (x *slotsOf[T]) at(i int) any { return &x.s[i] }
func (x *slotsOf[T]) clear()       { clear(x.s) }

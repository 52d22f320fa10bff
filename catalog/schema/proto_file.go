package schema

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// protoName is the path of a schema among what it imports.
const protoName = "leat.schema.proto"

// wellKnown are the files that schemas import without registering them, beside
// those of google/protobuf.
var wellKnown = map[string]string{
	"confluent/type/decimal.proto": `syntax = "proto3"; package confluent.type;
message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; }`,
	"confluent/meta.proto": `syntax = "proto3"; package confluent;
import "google/protobuf/descriptor.proto";
message Meta { string doc = 1; map<string, string> params = 2; repeated string tags = 3; }
extend google.protobuf.FileOptions { Meta file_meta = 1088; }
extend google.protobuf.MessageOptions { Meta message_meta = 1088; }
extend google.protobuf.FieldOptions { Meta field_meta = 1088; }
extend google.protobuf.EnumOptions { Meta enum_meta = 1088; }
extend google.protobuf.EnumValueOptions { Meta enum_value_meta = 1088; }`,
	"google/type/date.proto": `syntax = "proto3"; package google.type;
message Date { int32 year = 1; int32 month = 2; int32 day = 3; }`,
	"google/type/timeofday.proto": `syntax = "proto3"; package google.type;
message TimeOfDay { int32 hours = 1; int32 minutes = 2; int32 seconds = 3; int32 nanos = 4; }`,
}

func (p *Parsed) parseProtobuf(text string) error {
	if err := shallow(text); err != nil {
		return errSchema(Protobuf, err)
	}
	files := map[string]string{protoName: text}
	for _, d := range p.Deps {
		files[d.Name] = d.Text
	}
	c := protocompile.Compiler{
		MaxParallelism: 1,
		Resolver:       protocompile.WithStandardImports(&protocompile.SourceResolver{Accessor: accessor(files)}),
	}
	out, err := c.Compile(context.Background(), protoName)
	if err != nil {
		return errSchema(Protobuf, fmt.Errorf("%s", strings.TrimPrefix(err.Error(), protoName+":")))
	}
	p.Proto, p.Text = out[0], strings.TrimSpace(text)+"\n"
	return nil
}

func accessor(files map[string]string) func(string) (io.ReadCloser, error) {
	return func(path string) (io.ReadCloser, error) {
		text, ok := files[path]
		if !ok {
			text, ok = wellKnown[path]
		}
		if !ok {
			return nil, fmt.Errorf("import %q is not registered with the schema", path)
		}
		return io.NopCloser(strings.NewReader(text)), nil
	}
}

// Message finds the message that a format's full name says: the first one when
// the name is empty. The name may leave out the package.
func (p *Parsed) Message(name string) (protoreflect.MessageDescriptor, bool) {
	all := p.Proto.Messages()
	if name == "" {
		if all.Len() == 0 {
			return nil, false
		}
		return all.Get(0), true
	}
	return findMessage(all, name)
}

func findMessage(in protoreflect.MessageDescriptors, name string) (protoreflect.MessageDescriptor, bool) {
	for i := range in.Len() {
		m := in.Get(i)
		if string(m.FullName()) == name || string(m.Name()) == name {
			return m, true
		}
		if found, ok := findMessage(m.Messages(), name); ok {
			return found, true
		}
	}
	return nil, false
}

// Indexes is the path of a message in its file: the position of the outermost
// message, then of each inner one.
func Indexes(m protoreflect.MessageDescriptor) []int {
	if parent, ok := m.Parent().(protoreflect.MessageDescriptor); ok {
		return append(Indexes(parent), m.Index())
	}
	return []int{m.Index()}
}

// MessageAt finds the message of a path, false when there is none.
func (p *Parsed) MessageAt(path []int) (protoreflect.MessageDescriptor, bool) {
	in := p.Proto.Messages()
	var m protoreflect.MessageDescriptor
	for _, i := range path {
		if i < 0 || i >= in.Len() {
			return nil, false
		}
		m = in.Get(i)
		in = m.Messages()
	}
	return m, m != nil
}

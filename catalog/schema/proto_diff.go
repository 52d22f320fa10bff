package schema

import (
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// protoDiff compares two versions of a file: what one writes the other reads.
type protoDiff struct {
	out        []string
	oldPackage protoreflect.FullName
	newPackage protoreflect.FullName
	comparing  map[[2]protoreflect.FullName]bool // messages on the way, which may be recursive
}

// readsProtobuf finds why reader does not read writer's messages: what the
// registry's rules do not allow as a change from writer to reader.
func readsProtobuf(reader, writer protoreflect.FileDescriptor) []string {
	d := &protoDiff{oldPackage: writer.Package(), newPackage: reader.Package(), comparing: map[[2]protoreflect.FullName]bool{}}
	if reader.Package() != writer.Package() {
		d.say("the package is %q and was %q", reader.Package(), writer.Package())
	}
	d.messages(reader.Messages(), writer.Messages())
	return d.out
}

func (d *protoDiff) say(format string, args ...any) {
	d.out = append(d.out, fmt.Sprintf(format, args...))
}

// messages compares messages by name: new ones are fine, removed ones are not.
func (d *protoDiff) messages(now, was protoreflect.MessageDescriptors) {
	for i := range was.Len() {
		old := was.Get(i)
		if old.IsMapEntry() {
			continue
		}
		found := now.ByName(old.Name())
		if found == nil {
			d.say("message %s is removed", old.FullName())
			continue
		}
		d.message(found, old)
	}
}

func (d *protoDiff) message(now, was protoreflect.MessageDescriptor) {
	pair := [2]protoreflect.FullName{now.FullName(), was.FullName()}
	if d.comparing[pair] {
		return
	}
	d.comparing[pair] = true
	d.messages(now.Messages(), was.Messages())
	for i := range was.Fields().Len() {
		old := was.Fields().Get(i)
		if f := now.Fields().ByNumber(old.Number()); f != nil {
			d.field(f, old)
		} else if old.Cardinality() == protoreflect.Required {
			d.say("required field %s is removed", old.FullName())
		} else if realOneof(old) != nil && now.Oneofs().ByName(realOneof(old).Name()) != nil {
			d.say("field %s is removed from its oneof", old.FullName())
		}
	}
	for i := range now.Fields().Len() {
		f := now.Fields().Get(i)
		if was.Fields().ByNumber(f.Number()) == nil && f.Cardinality() == protoreflect.Required {
			d.say("required field %s is added", f.FullName())
		}
	}
	d.oneofs(now, was)
}

// realOneof is the oneof that a field was written in.
func realOneof(f protoreflect.FieldDescriptor) protoreflect.OneofDescriptor {
	if o := f.ContainingOneof(); o != nil && !o.IsSynthetic() {
		return o
	}
	return nil
}

// oneofs holds that at most one field that stood alone moves into one oneof.
func (d *protoDiff) oneofs(now, was protoreflect.MessageDescriptor) {
	for i := range now.Oneofs().Len() {
		o := now.Oneofs().Get(i)
		if o.IsSynthetic() || was.Oneofs().ByName(o.Name()) != nil {
			continue
		}
		moved := 0
		for k := range o.Fields().Len() {
			if old := was.Fields().ByNumber(o.Fields().Get(k).Number()); old != nil && realOneof(old) == nil {
				moved++
			}
		}
		if moved > 1 {
			d.say("several fields move into oneof %s", o.FullName())
		}
	}
}

func (d *protoDiff) field(now, was protoreflect.FieldDescriptor) {
	if now.Kind() != was.Kind() && scalarGroup(now.Kind()) != scalarGroup(was.Kind()) {
		d.say("field %s is %s and was %s", now.FullName(), now.Kind(), was.Kind())
		return
	}
	if now.IsMap() != was.IsMap() {
		d.say("field %s becomes a map or ceases to be one", now.FullName())
		return
	}
	if now.IsMap() {
		d.field(now.MapKey(), was.MapKey())
		d.field(now.MapValue(), was.MapValue())
		return
	}
	if (now.Cardinality() == protoreflect.Required) != (was.Cardinality() == protoreflect.Required) {
		d.say("field %s becomes required or ceases to be", now.FullName())
	}
	if now.IsList() != was.IsList() && !growing(now) {
		d.say("field %s becomes repeated or ceases to be", now.FullName())
	}
	if now.Message() == nil || was.Message() == nil {
		return
	}
	if d.inside(now.Message().FullName(), d.newPackage) != d.inside(was.Message().FullName(), d.oldPackage) {
		d.say("field %s is a %s and was a %s", now.FullName(), now.Message().FullName(), was.Message().FullName())
		return
	}
	if now.Message().ParentFile() != now.ParentFile() {
		d.message(now.Message(), was.Message())
	}
}

// inside is a name relative to its package.
func (d *protoDiff) inside(name, pkg protoreflect.FullName) string {
	if pkg != "" && len(name) > len(pkg) && name[:len(pkg)] == pkg {
		return string(name[len(pkg)+1:])
	}
	return string(name)
}

// growing tells whether a field may change between one value and many: the last
// one read counts.
func growing(f protoreflect.FieldDescriptor) bool {
	return f.Kind() == protoreflect.StringKind || f.Kind() == protoreflect.BytesKind
}

// scalarGroup tells which kinds share their form on the wire.
func scalarGroup(k protoreflect.Kind) string {
	switch k {
	case protoreflect.Int32Kind, protoreflect.Uint32Kind, protoreflect.Int64Kind, protoreflect.Uint64Kind, protoreflect.BoolKind, protoreflect.EnumKind:
		return "varint"
	case protoreflect.Sint32Kind, protoreflect.Sint64Kind:
		return "zigzag"
	case protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind:
		return "fixed32"
	case protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind:
		return "fixed64"
	case protoreflect.StringKind, protoreflect.BytesKind:
		return "bytes"
	}
	return k.String()
}

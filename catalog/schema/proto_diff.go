package schema

import "google.golang.org/protobuf/reflect/protoreflect"

func readsProtobuf(reader, writer protoreflect.FileDescriptor) []string { return nil }

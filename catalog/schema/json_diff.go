package schema

func readsJSON(reader, writer *Node) []string { return nil }

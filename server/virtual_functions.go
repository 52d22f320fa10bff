package server

import (
	"github.com/leatdb/leat/sql/fn"
	"github.com/leatdb/leat/sql/types"
)

// firstIOProc is the number of the first input or output function of a type;
// the built-in functions follow from fn.FirstSignatureOID, a number a signature.
const firstIOProc = 6000

// arrayProcs have PostgreSQL's numbers, by which drivers tell array types.
var arrayProcs = map[string]int64{"array_in": 750, "array_out": 751, "array_recv": 2400, "array_send": 2401}

var ioNames, ioOIDs = func() (names []string, oids map[string]int64) {
	oids = map[string]int64{}
	add := func(prefix string) {
		for _, suffix := range []string{"in", "out", "recv", "send"} {
			if n := prefix + suffix; oids[n] == 0 {
				oids[n] = firstIOProc + int64(len(names))
				if known := arrayProcs[n]; known != 0 {
					oids[n] = known
				}
				names = append(names, n)
			}
		}
	}
	add("array_")
	for _, t := range wireTypes {
		add(t.io)
	}
	add("enum_")
	return names, oids
}()

// functionName finds a function by OID.
func functionName(oid int64) (string, bool) {
	for _, n := range ioNames[:len(arrayProcs)] {
		if arrayProcs[n] == oid {
			return n, true
		}
	}
	if i := oid - firstIOProc; i >= 0 && i < int64(len(ioNames)) {
		return ioNames[i], true
	}
	s, ok := fn.Builtins().SignatureOf(oid)
	return s.Name, ok
}

// leatFunctions is leat.functions: a row a signature.
func leatFunctions(virtual) []record {
	var out []record
	for _, s := range fn.Builtins().Signatures() {
		if !s.Listed {
			continue
		}
		result := s.Result
		if result == "" {
			result = "depends on the arguments"
		}
		out = append(out, record{"name": s.Name, "kind": s.Kind, "arguments": s.Arguments, "result": result, "category": s.Category, "description": s.Doc})
	}
	return out
}

// pgProc is pg_proc: the functions of types, then a row a signature.
func pgProc(virtual) []record {
	var out []record
	for _, n := range ioNames {
		out = append(out, record{"oid": ioOIDs[n], "proname": n, "prosrc": n, "pronargs": int64(1), "proargtypes": []types.Value{int64(2275)}})
	}
	for _, s := range fn.Builtins().Signatures() {
		args := make([]types.Value, len(s.Params))
		for i, p := range s.Params {
			args[i] = int64(2283) // anyelement
			if p.Any == "" && p.Lambda == 0 {
				args[i] = int64(p.Type.OID())
			}
		}
		rec := record{"oid": s.OID, "proname": s.Name, "prosrc": s.Name, "pronargs": int64(len(args)), "proargtypes": args,
			"prorettype": int64(2283), "proisstrict": s.Strict, "provolatile": [...]string{"i", "s", "v"}[s.Vol]}
		switch s.Kind {
		case "aggregate":
			rec["prokind"] = "a"
		case "table":
			rec["proretset"] = true
		}
		if s.RetType.Kind != types.Unknown {
			rec["prorettype"] = int64(s.RetType.OID())
		}
		out = append(out, rec)
	}
	return out
}

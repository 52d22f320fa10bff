package server

import (
	"strings"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/sql/types"
)

// processingLogName is ksqlDB's stream of what went wrong in its queries. It is
// there once a query of ksqlDB's meaning has been made.
const processingLogName = "KSQL_PROCESSING_LOG"

// processingLogTopic holds its records; all queries of ksqlDB's meaning write it.
const processingLogTopic = "ksql_processing_log"

// processingLogOID is beyond those of relations and below those of dead letters.
const processingLogOID = 1_799_999_999

// processingLogSchema is ksqlDB's: an entry's kind decides which struct of MESSAGE is there.
var processingLogSchema = func() types.Schema {
	text := func(names string) types.Type {
		t := types.TStruct()
		for _, n := range strings.Fields(names) {
			f := types.Field{Name: n, Type: types.TString}
			if n == "CAUSE" {
				f.Type = types.TArray(types.TString)
			}
			t.Fields = append(t.Fields, f)
		}
		return t
	}
	return types.Schema{
		{Name: "LOGGER", Type: types.TString}, {Name: "LEVEL", Type: types.TString}, {Name: "TIME", Type: types.TBigInt},
		{Name: "MESSAGE", Type: types.TStruct(
			types.Field{Name: "TYPE", Type: types.TInt},
			types.Field{Name: "DESERIALIZATIONERROR", Type: text("TARGET ERRORMESSAGE RECORDB64 CAUSE TOPIC")},
			types.Field{Name: "RECORDPROCESSINGERROR", Type: text("ERRORMESSAGE RECORD CAUSE")},
			types.Field{Name: "PRODUCTIONERROR", Type: text("ERRORMESSAGE")},
			types.Field{Name: "SERIALIZATIONERROR", Type: text("TARGET ERRORMESSAGE RECORD CAUSE TOPIC")},
			types.Field{Name: "KAFKASTREAMSTHREADERROR", Type: text("ERRORMESSAGE THREADNAME CAUSE")},
		)},
	}
}()

// processingLog describes the stream, when its topic is there.
func (n names) processingLog(schema, name string) (*catalog.Relation, bool) {
	if name != processingLogName || schema != "" && schema != "public" {
		return nil, false
	}
	t, ok := n.log.Topic(processingLogTopic)
	if !ok {
		return nil, false
	}
	return &catalog.Relation{
		OID: processingLogOID, Name: name, Kind: catalog.Stream, ReadOnly: true, Schema: processingLogSchema,
		Topic: t.Name, Partitions: t.Partitions, KeyFormat: catalog.Format{Name: "NONE"}, ValueFormat: catalog.Format{Name: "JSON"},
		WrapSingle: true, Meaning: "ksqldb", State: catalog.Active, OnError: "skip",
	}, true
}

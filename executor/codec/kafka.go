package codec

import (
	"encoding/binary"
	"math"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// kafkaKind tells whether Kafka's own serialisers know the kind.
func kafkaKind(k types.Kind) bool {
	switch k {
	case types.Int, types.BigInt, types.Double, types.String, types.Bytes:
		return true
	}
	return false
}

// kafkaCell reads one serialised value.
func (r rules) kafkaCell(t *types.Type, p []byte, c *cell) error {
	switch t.Kind {
	case types.String:
		return r.string(t, p, c)
	case types.Bytes:
		c.setBytes(p)
		return nil
	case types.Int:
		if len(p) != 4 {
			return errKafkaSize(t, p, 4)
		}
		c.setInt(int64(int32(binary.BigEndian.Uint32(p))))
		return nil
	}
	if len(p) != 8 {
		return errKafkaSize(t, p, 8)
	}
	u := binary.BigEndian.Uint64(p)
	if t.Kind == types.Double {
		c.setFloat(math.Float64frombits(u))
	} else {
		c.setInt(int64(u))
	}
	return nil
}

func errKafkaSize(t *types.Type, p []byte, want int) error {
	return sqlerr.New(sqlerr.InvalidBinaryRepresent, "size of data received for type %s is not %d: %d bytes", t, want, len(p))
}

// appendKafka appends value i, which is not NULL.
func appendKafka(dst []byte, v *vec.Vec, i int) []byte {
	switch v.Type.Kind {
	case types.Int:
		return binary.BigEndian.AppendUint32(dst, uint32(v.I64[i]))
	case types.BigInt:
		return binary.BigEndian.AppendUint64(dst, uint64(v.I64[i]))
	case types.Double:
		return binary.BigEndian.AppendUint64(dst, math.Float64bits(v.F64[i]))
	}
	return append(dst, v.Str(i)...)
}

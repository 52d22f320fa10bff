package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"

	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// Ingested is the outcome of Ingest.
type Ingested struct {
	Rows int64
	// Duplicate says that the idempotency key had been used: nothing was written.
	Duplicate bool
	// Token is the position behind the rows, those of the first time for a duplicate.
	Token string
}

// Ingest writes rows given as JSON: an object, an array of objects or one object
// after the other. All are written by one atomic command, or none. key, unless
// "", makes a second call with the same key and body write nothing, for a day.
func (ss *Session) Ingest(ctx context.Context, relation string, body []byte, key string) (Ingested, error) {
	data, err := jsonLines(body)
	if err != nil {
		return Ingested{}, err
	}
	x := &sql.Copy{From: true, Target: "STDIN", Name: sql.QName{sql.Name{Text: relation, Quoted: true}}}
	rq := ss.request(x, "")
	if err := ss.authorize(rq); err != nil {
		return Ingested{}, ss.denied("INSERT INTO "+types.QuoteIdent(relation), err)
	}
	t, err := ss.target(rq, x.Name)
	if err != nil {
		return Ingested{}, err
	}
	if err := copyable(t); err != nil {
		return Ingested{}, err
	}
	producer := int64(-1)
	if key != "" {
		sum := sha256.Sum256([]byte(t.Topic + "\x00" + key))
		// The log counts its own producers up from 1 and never reaches the upper half.
		producer = int64(binary.BigEndian.Uint64(sum[:])>>2 | 1<<62)
		ss.sticky = binary.BigEndian.Uint32(sum[8:])
	}
	in, err := ss.newCopyIn(rq, x, t, copyOptions{format: "json", onError: "stop"})
	if err != nil {
		return Ingested{}, err
	}
	ss.tx = transaction{status: 'T', now: rq.now} // rows gather until all have been read
	err = in.Data(ctx, data)
	if err == nil {
		_, err = in.Done(ctx)
	}
	writes := ss.tx.writes
	ss.tx = transaction{status: 'I'}
	if err != nil {
		return Ingested{}, err
	}
	dup, err := ss.appendOnce(ctx, writes, producer)
	if errors.Is(err, log.ErrOutOfOrderSequence) {
		return Ingested{}, sqlerr.New(sqlerr.UniqueViolation, "idempotency key %q was used with other rows", key)
	}
	return Ingested{Rows: in.rows, Duplicate: dup, Token: ss.Token()}, err
}

// jsonLines puts every object on a line of its own, for COPY.
func jsonLines(body []byte) ([]byte, error) {
	var out bytes.Buffer
	add := func(raw json.RawMessage) error {
		if len(raw) == 0 || raw[0] != '{' {
			return sqlerr.New(sqlerr.InvalidJSON, "a row must be a JSON object")
		}
		out.Write(types.CompactJSON(raw))
		out.WriteByte('\n')
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	for {
		var raw json.RawMessage
		err := dec.Decode(&raw)
		switch {
		case errors.Is(err, io.EOF):
			return out.Bytes(), nil
		case err != nil:
			return nil, sqlerr.New(sqlerr.InvalidJSON, "body is not valid JSON").WithDetail("%s at byte %d.", err, dec.InputOffset())
		case raw[0] != '[':
			err = add(raw)
		default:
			var rows []json.RawMessage
			if err = json.Unmarshal(raw, &rows); err == nil {
				for _, r := range rows {
					if err = add(r); err != nil {
						break
					}
				}
			}
		}
		if err != nil {
			return nil, err
		}
	}
}

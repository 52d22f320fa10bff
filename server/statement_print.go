package server

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/leatdb/leat/catalog"
	"github.com/leatdb/leat/log"
	"github.com/leatdb/leat/log/batch"
	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/sql"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
	"github.com/leatdb/leat/sql/vec"
)

// runPrint is PRINT: the raw records of a topic as they come.
func (ss *Session) runPrint(rq *request, x *sql.PrintTopic) (*pgwire.Result, error) {
	name := x.Topic.Text
	if r, ok := rq.snap.Relation("", x.Topic.Fold(rq.ksql)); ok && !x.Topic.Quoted {
		name = r.Topic
	}
	t, ok := ss.srv.log.Topic(name)
	if !ok {
		return nil, sqlerr.New(sqlerr.UndefinedTable, "topic %q does not exist", name).At(x.Topic.Pos).WithHint("SHOW TOPICS lists the topics.")
	}
	if err := rq.mayReadTopic(name); err != nil {
		return nil, err
	}
	p := &printed{log: ss.srv.log, topic: t, left: -1, every: 1, rq: rq, srv: ss.srv, at: rq.snap}
	var err error
	if p.left, err = printNumber(x.Limit, -1); err != nil {
		return nil, err
	}
	if p.every, err = printNumber(x.Interval, 1); err != nil {
		return nil, err
	}
	for i := range t.Partitions {
		start, end, err := ss.srv.log.Offsets(t.Name, i)
		if err != nil {
			return nil, appendError(err)
		}
		if !x.FromBeginning {
			start = end
		}
		p.next = append(p.next, start)
	}
	return &pgwire.Result{Rows: p}, nil
}

func printNumber(e sql.Expr, def int64) (int64, error) {
	if e == nil {
		return def, nil
	}
	text, err := settingText(e)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 && def > 0 || n < 0 {
		return 0, sqlerr.New(sqlerr.InvalidParameterValue, "invalid number: %q", text).At(e.Position())
	}
	return n, nil
}

// printed follows all partitions of a topic.
type printed struct {
	log   *log.Log
	topic log.TopicConfig
	next  []int64
	left  int64 // -1: no limit
	every int64
	seen  int64
	rq    *request // whose rights are looked at again when the catalog has changed
	srv   *Server
	at    *catalog.Snapshot
}

var printColumns = []pgwire.Column{{Name: "record", Type: types.TString}}

func (p *printed) Columns() []pgwire.Column { return printColumns }
func (p *printed) Tag(sent int64) string    { return "PRINT " + formatInt(sent) }
func (p *printed) Close()                   {}

// Ready implements pgwire.Rows.
func (p *printed) Ready() bool {
	for i, at := range p.next {
		if _, end, err := p.log.Offsets(p.topic.Name, int32(i)); err != nil || at < end {
			return true
		}
	}
	return p.left == 0
}

// Next implements pgwire.Rows.
func (p *printed) Next(ctx context.Context) (*vec.Batch, error) {
	for {
		if p.left == 0 {
			return nil, io.EOF
		}
		var lines []types.Value
		cases := []reflect.SelectCase{{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(ctx.Done())}}
		for i := range p.next {
			more, err := p.read(int32(i))
			if err != nil {
				return nil, err
			}
			lines = append(lines, more...)
			wait := p.log.Wait(p.topic.Name, int32(i), p.next[i])
			cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(wait)})
		}
		if err := p.hold(); err != nil {
			return nil, err
		}
		if len(lines) > 0 {
			return &vec.Batch{N: len(lines), Cols: []vec.Vec{vec.FromValues(types.TString, lines)}}, nil
		}
		if i, _, _ := reflect.Select(cases); i == 0 {
			return nil, ctx.Err()
		}
	}
}

// hold refuses more records once the right to them is gone.
func (p *printed) hold() error {
	now := p.srv.catalog.Current()
	if now == p.at {
		return nil
	}
	if _, was := p.at.Role(p.rq.as); was {
		if _, is := now.Role(p.rq.as); !is {
			return onlySuperusers("read a topic as a role that was dropped")
		}
	}
	p.at = now
	later := *p.rq
	later.snap = now
	return later.mayReadTopic(p.topic.Name)
}

// read prints what a partition has.
func (p *printed) read(part int32) ([]types.Value, error) {
	f, err := p.log.Fetch(p.topic.Name, part, p.next[part], 1<<20)
	if err != nil {
		return nil, appendError(err)
	}
	var out []types.Value
	var r batch.Reader
	for _, b := range f.Batches {
		if batch.IsControl(b.Bytes) {
			continue
		}
		if err := r.Reset(b.Bytes, 0); err != nil {
			return nil, sqlerr.New(sqlerr.DataCorrupted, "topic %q holds a malformed batch at offset %d", p.topic.Name, b.BaseOffset).Wrap(err)
		}
		var rec batch.Record
		for r.Next(&rec) {
			if rec.Offset < p.next[part] {
				continue
			}
			p.seen++
			if (p.seen-1)%p.every != 0 || p.left == 0 {
				continue
			}
			if p.left > 0 {
				p.left--
			}
			out = append(out, fmt.Sprintf("rowtime: %s, key: %s, value: %s, partition: %d",
				types.AppendTimestampISO(nil, rec.Timestamp*types.MicrosPerMilli), rawText(rec.Key), rawText(rec.Value), part))
		}
		if err := r.Err(); err != nil {
			return nil, err
		}
	}
	p.next[part] = f.NextOffset
	return out, nil
}

// rawText shows bytes as text where they are.
func rawText(b []byte) string {
	switch {
	case b == nil:
		return "<null>"
	case utf8.Valid(b) && !strings.ContainsRune(string(b), 0):
		return string(b)
	}
	return fmt.Sprintf(`\x%x`, b)
}

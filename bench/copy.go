package bench

import (
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"time"
)

// Copy measures COPY of rows bids, durable, as csv, text and JSON lines. Reading
// the same csv with Go's own reader is the hand loop beside it.
func Copy(ctx context.Context, dir string, rows int) (*Report, error) {
	n, err := StartNode(ctx, dir)
	if err != nil {
		return nil, err
	}
	r, err := runCopy(ctx, n, rows)
	if bad := n.Close(); err == nil {
		err = bad
	}
	return r, err
}

func runCopy(ctx context.Context, n *Node, rows int) (*Report, error) {
	e := Generate(rows*50/46+50, 1)
	e.Bids = e.Bids[:rows]
	var asCSV, asText, asJSON line
	for i := range e.Bids {
		e.Bids[i].fields(&asCSV, ',')
		e.Bids[i].fields(&asText, '\t')
		e.Bids[i].line(&asJSON)
	}
	r := &Report{Name: "copy"}
	add := func(name string, c cost, size int) {
		r.add(name, Figure{"per second", perSecond(rows, c.wall), "M rows/s"}, Figure{"per CPU second", perSecond(rows, c.cpu), "M rows/s"},
			Figure{"bytes", float64(size) / c.wall.Seconds() / 1e6, "MB/s"}, Figure{"wall", millis(c.wall), "ms"})
	}
	w := startWatch()
	if err := readCSV(asCSV.b, rows); err != nil {
		return nil, err
	}
	add("encoding/csv alone", w.spent(), len(asCSV.b))
	for _, f := range []struct {
		name string
		data []byte
	}{{"csv", asCSV.b}, {"text", asText.b}, {"json", asJSON.b}} {
		var costs []time.Duration
		var last cost
		for range 3 {
			if err := n.exec(ctx, "CREATE STREAM bid (auction BIGINT, bidder BIGINT, price BIGINT, channel TEXT, url TEXT, date_time TIMESTAMP, extra TEXT)"); err != nil {
				return nil, err
			}
			settleMemory()
			w := startWatch()
			if _, err := n.copyIn(ctx, "COPY bid FROM STDIN WITH (FORMAT "+f.name+")", bytes.NewReader(f.data)); err != nil {
				return nil, err
			}
			c := w.spent()
			costs = append(costs, c.wall)
			if median(append([]time.Duration(nil), costs...)) == c.wall || len(costs) == 1 {
				last = c
			}
			if err := n.expect(ctx, "SELECT count(*), sum(auction), sum(bidder), sum(price), sum(length(extra)) FROM bid", answerQ0(e)); err != nil {
				return nil, err
			}
			if err := n.exec(ctx, "DROP STREAM bid DELETE TOPIC"); err != nil {
				return nil, err
			}
		}
		add("COPY "+f.name, last, len(f.data))
	}
	r.note("%d bids over one connection, the client in the same process; medians of 3 by wall time; answers checked", rows)
	return r, nil
}

func readCSV(data []byte, rows int) error {
	rd := csv.NewReader(bytes.NewReader(data))
	rd.ReuseRecord = true
	for range rows {
		if _, err := rd.Read(); err != nil {
			return err
		}
	}
	if _, err := rd.Read(); err != io.EOF {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// fields writes the bid as a line of fields, which need no quotes.
func (b *Bid) fields(l *line, sep byte) {
	for _, v := range []int64{b.Auction, b.Bidder, b.Price} {
		l.b = append(append(l.b, itoa(v)...), sep)
	}
	for _, s := range []string{b.Channel, b.URL, time.UnixMilli(b.At).UTC().Format("2006-01-02T15:04:05.000Z")} {
		l.b = append(append(l.b, s...), sep)
	}
	l.b = append(append(l.b, b.Text...), '\n')
}

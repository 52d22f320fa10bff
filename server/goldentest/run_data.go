package goldentest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/leatdb/leat/pgwire"
)

// insert STREAM[/PARTITION]: lines of @event-time and the columns.
func (r *runner) insert(ctx context.Context, b *block) error {
	name, part, _ := strings.Cut(b.rest, "/")
	cols, err := r.columnsOf(ctx, name)
	if err != nil {
		return err
	}
	if part != "" {
		if _, err := r.exec(ctx, "SET leat.insert_partition = "+part); err != nil {
			return err
		}
		defer func() { _, _ = r.exec(ctx, "RESET leat.insert_partition") }()
	}
	var tuples []string
	for _, line := range b.body {
		t, err := tuple(line, len(cols))
		if err != nil {
			return err
		}
		tuples = append(tuples, t)
	}
	head := fmt.Sprintf("INSERT INTO %s (rowtime, %s) VALUES ", name, strings.Join(cols, ", "))
	if !r.mode.PerLine {
		tuples = []string{strings.Join(tuples, ", ")}
	}
	for _, t := range tuples {
		if _, err := r.exec(ctx, head+t); err != nil {
			return errors.New(strings.Join(errorText(head+t, err), "\n"))
		}
		if err := r.settle(ctx); err != nil {
			return err
		}
	}
	r.emit(b, r.take(""))
	return nil
}

// settle runs to quiescence after an insert, and crashes in crash mode.
func (r *runner) settle(ctx context.Context) error {
	if err := r.quiesce(ctx); err != nil {
		return err
	}
	if r.mode.Crash {
		return r.reopen(ctx, r.node.crash)
	}
	return nil
}

// tuple turns an insert line into a VALUES row; missing cells are NULL.
func tuple(line string, columns int) (string, error) {
	cells, err := splitCells(line)
	if err != nil {
		return "", err
	}
	if len(cells) == 0 || !strings.HasPrefix(cells[0], "@") {
		return "", fmt.Errorf("insert line %q does not start with @time", line)
	}
	ms, err := parseTime(cells[0])
	if err != nil {
		return "", err
	}
	if len(cells)-1 > columns {
		return "", fmt.Errorf("insert line %q has %d values for %d columns", line, len(cells)-1, columns)
	}
	vals := []string{fmt.Sprintf("to_timestamp(%d / 1000.0)", ms)}
	for i := 0; i < columns; i++ {
		v := "NULL"
		if i+1 < len(cells) {
			if v, err = literal(cells[i+1]); err != nil {
				return "", err
			}
		}
		vals = append(vals, v)
	}
	return "(" + strings.Join(vals, ", ") + ")", nil
}

func quoteLiteral(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// columnsOf lists the columns of a relation, quoted for SQL.
func (r *runner) columnsOf(ctx context.Context, name string) ([]string, error) {
	rows, err := r.ask(ctx, "SELECT quote_ident(column_name) FROM information_schema.columns WHERE table_schema = 'public' AND table_name = "+quoteLiteral(name)+" ORDER BY ordinal_position")
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("relation %q does not exist", name)
	}
	out := make([]string, len(rows))
	for i, row := range rows {
		out[i] = row[0]
	}
	return out, nil
}

// ask runs a query of the runner's own in a session of its own.
func (r *runner) ask(ctx context.Context, query string) ([][]string, error) {
	c, err := openLocal(r.node)
	if err != nil {
		return nil, err
	}
	defer c.close()
	res, err := c.exec(ctx, query)
	if err != nil || len(res) == 0 {
		return nil, err
	}
	return res[0].rows, nil
}

// kindOf is "stream", "table" or "view".
func (r *runner) kindOf(ctx context.Context, name string) string {
	rows, err := r.ask(ctx, "SELECT kind FROM leat.streams WHERE name = "+quoteLiteral(name))
	if err != nil || len(rows) == 0 {
		return ""
	}
	return strings.ToLower(rows[0][0])
}

// offsetsOf is the OFFSETS clause for the present end of a relation's topic.
func (r *runner) offsetsOf(ctx context.Context, name string) (string, error) {
	rows, err := r.ask(ctx, "SELECT p.partition, p.\"end\" FROM leat.partitions p JOIN leat.streams s ON s.topic = p.topic WHERE s.name = "+quoteLiteral(name)+" ORDER BY 1")
	if err != nil {
		return "", err
	}
	parts := make([]string, len(rows))
	for i, row := range rows {
		parts[i] = row[0] + ":" + row[1]
	}
	return "OFFSETS " + quoteLiteral(strings.Join(parts, ",")), nil
}

// late NAME prints topic/partition:offset and time of rows behind the grace
// period of a derived relation or of the queries that read a stream.
func (r *runner) late(ctx context.Context, b *block) error {
	if err := r.quiesce(ctx); err != nil {
		return err
	}
	rows, err := r.ask(ctx, "SELECT topic, partition, \"offset\", (extract(epoch FROM rowtime) * 1000)::bigint FROM leat.late WHERE stream = "+
		quoteLiteral(b.rest)+" OR job = "+quoteLiteral(b.rest)+" ORDER BY 1, 2, 3")
	if err != nil {
		return err
	}
	var lines []string
	for _, row := range rows {
		var ms int64
		if _, err := fmt.Sscan(row[3], &ms); err != nil {
			return err
		}
		lines = append(lines, fmt.Sprintf("%s/%s:%s %s", row[0], row[1], row[2], formatTime(ms)))
	}
	r.emit(b, lines)
	return nil
}

// errors NAME prints the dead letters of a relation or query: where, code, reason.
func (r *runner) errors(ctx context.Context, b *block) error {
	if err := r.quiesce(ctx); err != nil {
		return err
	}
	rows, err := r.ask(ctx, "SELECT topic, partition, \"offset\", code, reason FROM leat.errors WHERE stream = "+quoteLiteral(b.rest)+" OR query = "+quoteLiteral(b.rest)+" ORDER BY 1, 2, 3")
	if err != nil {
		return err
	}
	var lines []string
	for _, row := range rows {
		lines = append(lines, fmt.Sprintf("%s/%s:%s %s %s", row[0], row[1], row[2], row[3], row[4]))
	}
	r.emit(b, lines)
	return nil
}

// load TABLE FORMAT FILE [OPTION...]: COPY from a file of the shared folder, or
// of the file's own folder when it starts with ./.
func (r *runner) load(ctx context.Context, b *block) error {
	if len(b.args) < 3 {
		return errors.New("load wants a table, a format and a file")
	}
	name := b.args[2]
	switch {
	case strings.HasPrefix(name, "./"):
		name = filepath.Join(filepath.Dir(r.file.name), name)
	case r.shared == "":
		return errSkip{"../shared is absent: its data cannot be loaded"}
	default:
		name = filepath.Join(r.shared, name)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	options := "FORMAT " + b.args[1]
	if b.args[1] == "csv" {
		options += ", HEADER"
	}
	if len(b.args) > 3 {
		options += ", " + strings.Join(b.args[3:], " ")
	}
	copySQL := fmt.Sprintf("COPY %s FROM STDIN WITH (%s)", b.args[0], options)
	c, err := openLocal(r.node)
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.copyIn(ctx, copySQL, data); err != nil {
		return errors.New(strings.Join(errorText(copySQL, err), "\n"))
	}
	if err := r.quiesce(ctx); err != nil {
		return err
	}
	r.emit(b, r.take(""))
	return nil
}

// copyChunk is how a file arrives: as a client would send it.
const copyChunk = 64 << 10

func (c *localConn) copyIn(ctx context.Context, text string, data []byte) error {
	return c.s.Simple(ctx, text, func(res *pgwire.Result) error {
		if res.CopyIn == nil {
			return errors.New("the statement does not read from the client")
		}
		for len(data) > 0 {
			n := min(copyChunk, len(data))
			if err := res.CopyIn.Data(ctx, data[:n]); err != nil {
				return err
			}
			data = data[n:]
		}
		_, err := res.CopyIn.Done(ctx)
		return err
	})
}

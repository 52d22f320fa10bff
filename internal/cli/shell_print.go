package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
)

// tablePrinter prints rows as they come. Widths grow when a value needs it.
type tablePrinter struct {
	w        io.Writer
	names    []string
	right    []bool
	widths   []int
	rows     int64
	expanded bool
}

func newTablePrinter(w io.Writer, rr *pgconn.ResultReader, expanded bool) *tablePrinter {
	p := &tablePrinter{w: w, expanded: expanded}
	for _, f := range rr.FieldDescriptions() {
		p.names = append(p.names, f.Name)
		p.widths = append(p.widths, max(utf8.RuneCountInString(f.Name), typicalWidth(f.DataTypeOID)))
		p.right = append(p.right, numericOID(f.DataTypeOID))
	}
	return p
}

// numericOID tells whether psql would align the type right.
func numericOID(oid uint32) bool {
	switch oid {
	case 20, 21, 23, 26, 700, 701, 1700:
		return true
	}
	return false
}

func typicalWidth(oid uint32) int {
	switch oid {
	case 1184:
		return len("2026-11-20 04:38:16+00")
	case 1082:
		return len("2026-11-20")
	case 25:
		return 8
	case 20, 23, 701, 1700:
		return 6
	}
	return 1
}

func (p *tablePrinter) header() {
	if p.expanded || len(p.names) == 0 {
		return
	}
	cells := make([]string, len(p.names))
	rule := make([]string, len(p.names))
	for i, n := range p.names {
		pad := p.widths[i] - utf8.RuneCountInString(n)
		cells[i] = " " + strings.Repeat(" ", pad/2) + n + strings.Repeat(" ", pad-pad/2) + " "
		rule[i] = strings.Repeat("-", p.widths[i]+2)
	}
	fmt.Fprintf(p.w, "%s\n%s\n", strings.TrimRight(strings.Join(cells, "|"), " "), strings.Join(rule, "+"))
}

func (p *tablePrinter) row(vals [][]byte) {
	p.rows++
	if p.expanded {
		p.record(vals)
		return
	}
	cells := make([]string, len(vals))
	for i, v := range vals {
		text := strings.ReplaceAll(string(v), "\n", "↵")
		pad := strings.Repeat(" ", max(0, p.widths[i]-utf8.RuneCountInString(text)))
		if p.right[i] {
			cells[i] = " " + pad + text + " "
		} else {
			cells[i] = " " + text + pad + " "
		}
	}
	fmt.Fprintln(p.w, strings.TrimRight(strings.Join(cells, "|"), " "))
}

func (p *tablePrinter) record(vals [][]byte) {
	fmt.Fprintf(p.w, "-[ RECORD %d ]-\n", p.rows)
	width := 0
	for _, n := range p.names {
		width = max(width, utf8.RuneCountInString(n))
	}
	for i, v := range vals {
		fmt.Fprintf(p.w, "%s%s | %s\n", p.names[i], strings.Repeat(" ", width-utf8.RuneCountInString(p.names[i])), v)
	}
}

// printResult prints one result set. The first rows wait for each other only as
// long as they are already there: a push query shows its first row at once.
func (s *shell) printResult(rr *pgconn.ResultReader) error {
	if len(rr.FieldDescriptions()) == 0 {
		tag, err := rr.Close()
		if err == nil && tag.String() != "" {
			fmt.Fprintln(s.env.stdout, tag.String())
		}
		return err
	}
	p := newTablePrinter(s.env.stdout, rr, s.expanded)
	p.header()
	for rr.NextRow() {
		p.row(rr.Values())
	}
	_, err := rr.Close()
	if err == nil {
		plural := "s"
		if p.rows == 1 {
			plural = ""
		}
		fmt.Fprintf(s.env.stdout, "(%d row%s)\n", p.rows, plural)
	}
	return err
}

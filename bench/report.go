package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Report is what a benchmark found.
type Report struct {
	Name  string   `json:"name"`
	Rows  []Row    `json:"rows"`
	Notes []string `json:"notes,omitempty"`
}

// Row is one line of figures. The table has a column for every figure that some
// row has.
type Row struct {
	Name    string   `json:"name"`
	Figures []Figure `json:"figures"`
}

// Figure is one number with its unit.
type Figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit,omitempty"`
}

func (r *Report) add(name string, figures ...Figure) {
	r.Rows = append(r.Rows, Row{name, figures})
}

func (r *Report) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// WriteJSON writes the report as one line of JSON.
func (r *Report) WriteJSON(w io.Writer) error { return json.NewEncoder(w).Encode(r) }

// WriteTable writes the report for people.
func (r *Report) WriteTable(w io.Writer) error {
	if len(r.Rows) == 0 {
		return nil
	}
	heads := r.heads()
	table := [][]string{append([]string{r.Name}, heads...)}
	for _, row := range r.Rows {
		line := make([]string, len(table[0]))
		line[0] = row.Name
		for _, f := range row.Figures {
			line[1+slices.Index(heads, f.head())] = number(f.Value)
		}
		table = append(table, line)
	}
	widths := make([]int, len(table[0]))
	for _, line := range table {
		for i, c := range line {
			widths[i] = max(widths[i], len(c))
		}
	}
	var out strings.Builder
	for _, line := range table {
		for i, c := range line {
			if i == 0 {
				fmt.Fprintf(&out, "%-*s", widths[0], c)
			} else {
				fmt.Fprintf(&out, "  %*s", widths[i], c)
			}
		}
		out.WriteByte('\n')
	}
	for _, n := range r.Notes {
		out.WriteString("  " + n + "\n")
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// heads are the columns of the table, in the order in which they appear.
func (r *Report) heads() []string {
	var out []string
	for _, row := range r.Rows {
		for _, f := range row.Figures {
			if !slices.Contains(out, f.head()) {
				out = append(out, f.head())
			}
		}
	}
	return out
}

func (f *Figure) head() string {
	if f.Unit == "" {
		return f.Name
	}
	return f.Name + " (" + f.Unit + ")"
}

// number shows three digits of what is small, and all of what is large.
func number(v float64) string {
	switch {
	case v == float64(int64(v)):
		return fmt.Sprintf("%d", int64(v))
	case v >= 100 || v <= -100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

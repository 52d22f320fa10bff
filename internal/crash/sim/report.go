package sim

import "fmt"

// Report counts what a campaign did. What it found is an error.
type Report struct {
	Lives   int
	Cuts    int
	Tight   int // lives with little memory
	Spilled int // files that took the state it had no room for
	Rows    int // acknowledged
	Late    int // behind closed windows, told at the end
	Open    int // statements under way when the power went
	Written int // of those, found written
}

// count adds what a life was owed (before) and had (after).
func (r *Report) count(before, after *pages) {
	for w, p := range before.writers {
		if p.acked != p.tried {
			r.Open++
			if after.writers[w].acked == p.tried {
				r.Written++
			}
		}
	}
}

// Add sums two reports.
func (r *Report) Add(o Report) {
	r.Lives += o.Lives
	r.Cuts += o.Cuts
	r.Tight += o.Tight
	r.Spilled += o.Spilled
	r.Rows += o.Rows
	r.Late += o.Late
	r.Open += o.Open
	r.Written += o.Written
}

// String is the report in one line.
func (r *Report) String() string {
	return fmt.Sprintf("lives %d (%d with little memory, %d files of state beyond it), power cuts %d, rows acknowledged %d, late for closed windows %d, statements under way at a cut %d, of those written %d, lost 0, doubled 0",
		r.Lives, r.Tight, r.Spilled, r.Cuts, r.Rows, r.Late, r.Open, r.Written)
}

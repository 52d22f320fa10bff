package goldentest

import (
	"fmt"
	"strings"
)

// Mode is one way to run a file. All modes give one answer.
type Mode struct {
	Name     string
	MaxBatch int   // rows of a task's step
	PerLine  bool  // each insert line is a statement and runs to quiescence
	Crash    bool  // the node crashes after every insert line
	Wire     bool  // statements go over the Postgres wire
	Workers  int   // tasks that compute at a time, chosen by seed; 0: all as they come
	Tiny     bool  // segments and checkpoints are small, so that files roll
	MaxState int64 // bytes of state that a task keeps in memory; 0: as usual. A file says it.
}

// modes in the order they run; the first is the reference of an update.
var modes = []Mode{
	{Name: "batch64", MaxBatch: 64},
	{Name: "batch1", MaxBatch: 1, PerLine: true},
	{Name: "workers1", MaxBatch: 64, Workers: 1},
	{Name: "workers3", MaxBatch: 16, Workers: 3},
	{Name: "crash", MaxBatch: 64, PerLine: true, Crash: true, Tiny: true},
	{Name: "wire", MaxBatch: 4096, Wire: true},
}

// ParseModes reads a comma-separated list; "" and "all" are all modes.
func ParseModes(list string) ([]Mode, error) {
	if list == "" || list == "all" {
		return modes, nil
	}
	var out []Mode
	for _, name := range strings.Split(list, ",") {
		found := false
		for _, m := range modes {
			if m.Name == name {
				out, found = append(out, m), true
			}
		}
		if !found {
			return nil, fmt.Errorf("unknown mode %q; there are batch64, batch1, workers1, workers3, crash and wire", name)
		}
	}
	return out, nil
}

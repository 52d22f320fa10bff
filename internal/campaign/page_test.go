package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestPage: a campaign replaces its section and no other, a fuzz target its line.
func TestPage(t *testing.T) {
	fuzzed := func(lines ...string) *result { return &result{campaign: campaign{name: fuzzing}, lines: lines} }
	old := page("", []*result{
		{campaign: campaigns[0], lines: []string{"cut 1"}},
		{campaign: campaigns[1], lines: []string{"hit 1"}},
		fuzzed("`./a` FuzzA: 1 input", "`./b` FuzzB: 1 input"),
	}, "c0ffee")
	now := page(old, []*result{
		{campaign: campaigns[1], lines: []string{"hit 2"}, took: time.Second},
		fuzzed("`./b` FuzzB: 2 inputs", "`./c` FuzzC: 2 inputs"),
	}, "c0ffee")
	want := []string{"cut 1", "hit 2", "`./a` FuzzA: 1 input", "`./b` FuzzB: 2 inputs", "`./c` FuzzC: 2 inputs"}
	before, _, _ := strings.Cut(now, "Where each promise is shown")
	if got := bullets(before); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if again := page(now, nil, "c0ffee"); again != now {
		t.Errorf("without results the page changes:\n%s", again)
	}
}

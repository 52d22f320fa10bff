package sql

import (
	"fmt"
	"strings"
)

// expectedOneOf words the hint for a token where only some words can stand:
// the likely misspelling when there is one, otherwise the list.
func expectedOneOf(t *token, words []string) string {
	if t.kind == tokIdent {
		if w := closest(t.up, words); w != "" {
			return fmt.Sprintf("Did you mean %s?", w)
		}
	}
	switch len(words) {
	case 1:
		return fmt.Sprintf("Expected %s here.", words[0])
	default:
		return fmt.Sprintf("Expected one of %s here.", strings.Join(words, ", "))
	}
}

// closest is the candidate a typing mistake away from the word, "" when none
// is near. The earlier of two equally near ones wins.
func closest(word string, candidates []string) string {
	best, bestDist := "", 3
	if len(word) <= 4 {
		bestDist = 2
	}
	if len(word) <= 2 {
		return ""
	}
	for _, w := range candidates {
		if d := editDistance(word, w, bestDist); d < bestDist && d > 0 {
			best, bestDist = w, d
		}
	}
	return best
}

// editDistance counts insertions, deletions, replacements and swaps of
// neighbours; it may stop early with any value >= most.
func editDistance(a, b string, most int) int {
	if len(a)-len(b) >= most || len(b)-len(a) >= most {
		return most
	}
	prev2 := make([]int, len(b)+1)
	prev := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur := make([]int, len(b)+1)
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev = prev, cur
	}
	return prev[len(b)]
}

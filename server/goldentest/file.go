package goldentest

import (
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// block is one record of a file: a verb line, its body, and what is expected.
type block struct {
	line   int // of the verb, from 1
	verb   string
	args   []string
	rest   string // the verb line after the verb, unsplit
	body   []string
	expect []string
	has    bool // there is a ---- (an empty expectation asserts silence)
	from   int  // index of the line after ----, or of the line after the body
	to     int  // index after the last line of the record
}

// file is a parsed golden file.
type file struct {
	name   string
	lines  []string
	blocks []block
	modes  map[string]string // modes the file leaves out -> reason
	memory int64             // bytes of state that a task keeps in memory; 0: as usual
}

// verbs that may stand at the start of a record.
var verbs = map[string]bool{
	"statement": true, "query": true, "include": true, "let": true, "watch": true, "insert": true,
	"changes": true, "advance": true, "late": true, "errors": true, "crash": true, "restart": true,
	"checkpoint": true, "session": true, "load": true, "without": true, "memory": true,
}

// parseFile reads a golden file. read gives the text of an included file, by
// its path relative to the folder of name.
func parseFile(name, text string, read func(string) (string, error)) (*file, error) {
	f := &file{name: name, lines: strings.Split(strings.TrimSuffix(text, "\n"), "\n"), modes: map[string]string{}}
	if len(f.lines) == 0 || !strings.HasPrefix(f.lines[0], "# ") {
		return nil, fmt.Errorf("%s:1: the file does not open with a comment that says why it exists", name)
	}
	vars := map[string]string{}
	for i := 0; i < len(f.lines); {
		line := strings.TrimSpace(f.lines[i])
		if line == "" || strings.HasPrefix(line, "#") {
			i++
			continue
		}
		b, next, err := f.record(i)
		if err != nil {
			return nil, err
		}
		i = next
		substitute(&b, vars)
		if err := f.add(b, vars, read); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// add files a record under the blocks; let, without, memory and include act at once.
func (f *file) add(b block, vars map[string]string, read func(string) (string, error)) error {
	switch b.verb {
	case "let":
		name, value, ok := strings.Cut(b.rest, " ")
		if !ok {
			return fmt.Errorf("%s:%d: let wants a name and a value", f.name, b.line)
		}
		vars[name] = strings.TrimSpace(value)
		return nil
	case "without":
		mode, reason, _ := strings.Cut(b.rest, " ")
		if strings.TrimSpace(reason) == "" {
			return fmt.Errorf("%s:%d: without wants a mode and a reason", f.name, b.line)
		}
		f.modes[mode] = strings.TrimSpace(reason)
		return nil
	case "memory":
		n, err := strconv.ParseInt(b.rest, 10, 64)
		if err != nil || n <= 0 {
			return fmt.Errorf("%s:%d: memory wants a number of bytes", f.name, b.line)
		}
		f.memory = n
		return nil
	case "include":
		return f.include(b, read)
	}
	f.blocks = append(f.blocks, b)
	return nil
}

func (f *file) include(b block, read func(string) (string, error)) error {
	name := path.Join(path.Dir(f.name), b.rest)
	text, err := read(name)
	if err != nil {
		return fmt.Errorf("%s:%d: include: %w", f.name, b.line, err)
	}
	inc, err := parseFile(name, text, read)
	if err != nil {
		return err
	}
	for _, ib := range inc.blocks {
		// Expectations of an included file are checked there, not here.
		ib.has, ib.expect, ib.line = false, nil, b.line
		f.blocks = append(f.blocks, ib)
	}
	return nil
}

// record reads one record from line i and gives the index after it.
func (f *file) record(i int) (block, int, error) {
	head := strings.TrimSpace(f.lines[i])
	verb, rest, _ := strings.Cut(head, " ")
	if !verbs[verb] {
		return block{}, 0, fmt.Errorf("%s:%d: unknown verb %q", f.name, i+1, verb)
	}
	b := block{line: i + 1, verb: verb, rest: strings.TrimSpace(rest), args: strings.Fields(rest)}
	j := i + 1
	for j < len(f.lines) && strings.TrimSpace(f.lines[j]) != "" && f.lines[j] != "----" {
		b.body = append(b.body, f.lines[j])
		j++
	}
	b.from, b.to = j, j
	if j < len(f.lines) && f.lines[j] == "----" {
		b.has = true
		j++
		b.from = j
		for j < len(f.lines) && f.lines[j] != "" {
			b.expect = append(b.expect, f.lines[j])
			j++
		}
		b.to = j
	}
	return b, j, nil
}

var varRef = regexp.MustCompile(`\$\{(\w+)\}`)

func substitute(b *block, vars map[string]string) {
	sub := func(s string) string {
		return varRef.ReplaceAllStringFunc(s, func(ref string) string {
			if v, ok := vars[ref[2:len(ref)-1]]; ok {
				return v
			}
			return ref
		})
	}
	b.rest = sub(b.rest)
	b.args = strings.Fields(b.rest)
	for i := range b.body {
		b.body[i] = sub(b.body[i])
	}
}

// withExpectations is the file's text with new expected parts; got is by block
// line, for blocks that have a ----.
func (f *file) withExpectations(got map[int][]string) string {
	var out []string
	pos := 0
	for _, b := range f.blocks {
		g, ok := got[b.line]
		if !b.has || !ok {
			continue
		}
		out = append(out, f.lines[pos:b.from]...)
		out = append(out, g...)
		pos = b.to
	}
	out = append(out, f.lines[pos:]...)
	return strings.Join(out, "\n") + "\n"
}

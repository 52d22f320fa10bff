package server

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leatdb/leat/pgwire"
	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

var (
	scrambles    = flag.Int("scrambles", 1500, "statements of TestScrambled")
	scrambleSeed = flag.Uint64("scramble-seed", 1, "SEED of TestScrambled")
	scrambleSay  = flag.Bool("scramble-say", false, "print every statement of TestScrambled before it runs")
)

// scrambled is a source of statements: those of the golden files, and of ksqlDB's
// cases where they are, with tokens taken out, doubled, exchanged and put in.
type scrambled struct {
	*rand.Rand
	files []script
	pool  map[byte][]string // tokens by their class
}

type script struct {
	ksql bool
	list []string
}

var token = regexp.MustCompile(`'(?:[^']|'')*'|"[^"]*"|[A-Za-z_]\w*|\d+(?:\.\d+)?|::|:=|->>?|=>|[<>!]=|<>|\|\||\S`)

// extremes are what numbers and strings are exchanged for now and then.
var extremes = []string{"NULL", "0", "-1", "''", "9223372036854775807", "-9223372036854775808", "1e308", "1e-400", "99999999999999999999999999999999999999999",
	"'NaN'", "'infinity'", "'\\'", "ARRAY[]", "$1", "*", "DEFAULT", "(SELECT 1)", "true"}

func newScrambled(t *testing.T, seed uint64) *scrambled {
	x := &scrambled{Rand: rand.New(rand.NewPCG(seed, 0)), pool: map[byte][]string{}}
	err := filepath.WalkDir("../testdata", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".slt") {
			return err
		}
		b, err := os.ReadFile(path)
		var file script
		for _, block := range strings.Split(string(b), "\n\n") {
			_, text, ok := strings.Cut(strings.TrimSpace(block), "\n")
			if head := strings.Fields(block); !ok || len(head) == 0 || head[0] != "statement" && head[0] != "query" {
				continue
			}
			text, _, _ = strings.Cut(text, "\n----")
			file.list = append(file.list, text)
		}
		x.add(file)
		return err
	})
	if err != nil || len(x.files) == 0 {
		t.Fatalf("%d golden files, %v", len(x.files), err)
	}
	x.addCases(t)
	return x
}

func (x *scrambled) add(s script) {
	if len(s.list) == 0 {
		return
	}
	x.files = append(x.files, s)
	for _, text := range s.list {
		for _, tok := range token.FindAllString(text, -1) {
			x.pool[classOf(tok)] = append(x.pool[classOf(tok)], tok)
		}
	}
}

// addCases adds the statements of ksqlDB's query tests.
func (x *scrambled) addCases(t *testing.T) {
	dir := os.Getenv("LEAT_SHARED")
	if dir == "" {
		dir = "../../shared"
	}
	files, err := filepath.Glob(filepath.Join(dir, "*qtt", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Tests []struct {
				Statements []string `json:"statements"`
			} `json:"tests"`
		}
		if json.Unmarshal(b, &file) != nil {
			continue // it has comments
		}
		for _, c := range file.Tests {
			x.add(script{true, c.Statements})
		}
	}
	t.Logf("%d scripts, of %d files of ../shared", len(x.files), len(files))
}

// classOf tells names, numbers, strings and signs apart.
func classOf(tok string) byte {
	switch c := tok[0]; {
	case c == '\'':
		return '\''
	case c >= '0' && c <= '9':
		return '0'
	case c == '"' || c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z':
		return 'a'
	}
	return '.'
}

// of gives a statement that is almost text.
func (x *scrambled) of(text string) string {
	toks := token.FindAllString(text, -1)
	for n := 1 + x.IntN(3); n > 0 && len(toks) > 1; n-- {
		i, j := x.IntN(len(toks)), x.IntN(len(toks))
		switch x.IntN(8) {
		case 0:
			toks = slices.Delete(toks, i, i+1)
		case 1:
			toks = slices.Insert(toks, i, toks[j])
		case 2:
			toks[i], toks[j] = toks[j], toks[i]
		case 3:
			toks[i] = extremes[x.IntN(len(extremes))]
		case 4:
			from := x.files[x.IntN(len(x.files))].list
			span := token.FindAllString(from[x.IntN(len(from))], -1)
			if len(span) == 0 {
				continue
			}
			j = x.IntN(len(span))
			toks = slices.Insert(toks, i, span[j:min(j+1+x.IntN(8), len(span))]...)
		case 5:
			toks = slices.Delete(toks, i, min(i+1+x.IntN(6), len(toks)))
		default:
			same := x.pool[classOf(toks[i])]
			toks[i] = same[x.IntN(len(same))]
		}
	}
	return strings.Join(toks, " ")
}

// hostile are words of statements that wait or end the session on purpose.
var hostile = regexp.MustCompile(`(?i)pg_sleep|pg_terminate_backend`)

// attempt runs a statement both ways. It gives what must not be: a panic, or an
// error of ours.
func (f *fixture) attempt(text string) (bad error) {
	defer func() {
		if p := recover(); p != nil {
			bad = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), 150*time.Millisecond)
	defer cancel()
	drain := func(r *pgwire.Result) error {
		if r.CopyIn != nil {
			return errors.New("no data")
		}
		_, err := show(ctx, r, f.ss.Style())
		return err
	}
	p, err := f.ss.Prepare(ctx, text, nil)
	if err == nil && len(p.Params) > 0 {
		var r *pgwire.Result
		if r, err = f.ss.Execute(ctx, p, make([]types.Value, len(p.Params))); err == nil && r != nil {
			err = drain(r)
		}
	} else if !ours(err) { // with its own analysis
		err = f.ss.Simple(ctx, text, drain)
	}
	if err != nil {
		f.ss.Failed()
	}
	if ours(err) {
		return err
	}
	return nil
}

// ours tells errors that are the server's fault; the time of attempt is not.
func ours(err error) bool {
	return err != nil && sqlerr.Is(err, sqlerr.InternalError) && !errors.Is(err, context.DeadlineExceeded)
}

// Statements that are almost right are answered or refused: none makes the server
// panic, none has an internal error.
func TestScrambled(t *testing.T) {
	x := newScrambled(t, *scrambleSeed)
	var f *fixture
	run := func(text string) {
		if *scrambleSay {
			t.Logf("%s;", text)
		}
		if err := f.attempt(text); err != nil {
			t.Errorf("%s\n%v", text, err)
		}
	}
	for n := 0; n < *scrambles; {
		f = &fixture{T: t, cfg: testConfig()}
		f.reopen()
		file := x.files[x.IntN(len(x.files))]
		start := func() {
			if run("RESET ALL"); file.ksql {
				run("SET compatibility = 'ksqldb'")
			}
		}
		start()
		for _, text := range file.list {
			for range 1 + x.IntN(3) {
				if bad := x.of(text); !hostile.MatchString(bad) {
					run(bad)
					n++
				}
			}
			if f.ss.TxStatus() != 'I' {
				run("ROLLBACK")
			}
			start()
			if !hostile.MatchString(text) {
				run(text)
			}
		}
		if err := f.srv.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Logf("campaign: seed %d: %d statements refused or answered", *scrambleSeed, *scrambles)
}

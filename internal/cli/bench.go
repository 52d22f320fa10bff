package cli

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"time"

	"github.com/leatdb/leat/bench"
)

// benchFlags are what the benchmarks share.
type benchFlags struct {
	json    *bool
	events  *int
	rounds  *int
	dir     *string
	profile *string
}

func runBench(ctx context.Context, env *environment, args []string) int {
	fs := env.flags()
	f := benchFlags{
		json:    fs.Bool("json", false, "print JSON, one line a benchmark"),
		events:  fs.Int("events", 500_000, "`N` events of nexmark; other benchmarks scale with it"),
		rounds:  fs.Int("rounds", 3, "`N` runs of each query; the median counts"),
		dir:     fs.String("dir", "", "`DIR` for the data; default the system's temporary folder"),
		profile: fs.String("profile", "", "write CPU profiles of nexmark's queries to `DIR`"),
	}
	words, code, done := env.parseMixed(fs, args)
	if done {
		return code
	}
	if len(words) == 0 {
		fs.Usage()
		return exitUsage
	}
	tuneMemory(env.getenv)
	report, err := f.run(ctx, words[0], words[1:])
	if err != nil {
		return env.fail(err)
	}
	if report == nil {
		fmt.Fprintf(env.stderr, "leat bench: there is no benchmark %q\n", words[0])
		return exitUsage
	}
	write := report.WriteTable
	if *f.json {
		write = report.WriteJSON
	}
	if err := write(env.stdout); err != nil {
		return env.fail(err)
	}
	return exitOK
}

// run runs one benchmark; nil when there is none of the name.
func (f *benchFlags) run(ctx context.Context, name string, rest []string) (*bench.Report, error) {
	switch name {
	case "nexmark":
		o := bench.NexmarkOptions{Queries: rest, Events: *f.events, Rounds: *f.rounds, Dir: *f.dir}
		if *f.profile != "" {
			p := profiler{dir: *f.profile}
			o.Before, o.After = p.begin, p.end
		}
		return bench.Nexmark(ctx, o)
	case "log":
		return bench.Log(ctx, *f.dir, *f.events*100)
	case "latency":
		return bench.Latency(ctx, *f.dir, max(100, *f.events/500))
	case "pull":
		return bench.Pull(ctx, *f.dir, *f.events/5, *f.events/25)
	case "copy":
		return bench.Copy(ctx, *f.dir, *f.events/2)
	case "many":
		return bench.Many(ctx, *f.dir, 1000, *f.events/100)
	case "state":
		sizes := []int{2 * *f.events}
		for _, word := range rest {
			n, err := strconv.Atoi(word)
			if err != nil || n < 1 {
				return nil, fmt.Errorf("%q is no number of keys", word)
			}
			sizes = append(sizes[1:], n)
		}
		return bench.State(ctx, *f.dir, sizes)
	case "spill":
		return bench.Spill(ctx, *f.dir, max(1000, *f.events/5), *f.rounds)
	case "codec":
		return bench.Codec(bench.CodecOptions{Formats: rest, Records: max(1, *f.events/20), Rounds: *f.rounds, Data: sharedData()})
	case "start", "subscribers", "idle":
		return f.ofProcess(ctx, name)
	}
	return nil, nil
}

// ofProcess runs a benchmark of this program in a process of its own.
func (f *benchFlags) ofProcess(ctx context.Context, name string) (*bench.Report, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find the program: %w", err)
	}
	switch name {
	case "start":
		return bench.Start(ctx, exe, *f.dir, *f.rounds)
	case "idle":
		return bench.Idle(ctx, exe, *f.dir, max(100, *f.events/50), *f.rounds)
	}
	return bench.Subscribers(ctx, bench.SubscribersOptions{
		Exe: exe, Dir: *f.dir, Clients: max(20, *f.events/250), Queries: 10, Rate: 100, For: 6 * time.Second, Rounds: *f.rounds,
	})
}

// sharedData is the folder of the real records that are not in the program, or "".
func sharedData() string {
	dir := filepath.Join("..", "shared", "data")
	if _, err := os.Stat(dir); err != nil {
		return ""
	}
	return dir
}

// parseMixed is parse for flags before, between and behind words.
func (e *environment) parseMixed(fs *flag.FlagSet, args []string) (words []string, code int, done bool) {
	for {
		if code, done := e.parse(fs, args); done {
			return nil, code, true
		}
		args = fs.Args()
		if len(args) == 0 {
			return words, 0, false
		}
		words, args = append(words, args[0]), args[1:]
	}
}

// profiler writes one CPU profile a query, of its last round.
type profiler struct {
	dir  string
	file *os.File
}

func (p *profiler) begin(query string, _ int) {
	f, err := os.Create(filepath.Join(p.dir, query+".pprof"))
	if err != nil {
		return
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		_ = f.Close()
		return
	}
	p.file = f
}

func (p *profiler) end(string, int) {
	if p.file != nil {
		pprof.StopCPUProfile()
		_ = p.file.Close()
		p.file = nil
	}
}

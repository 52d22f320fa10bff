package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"github.com/leatdb/leat/server/goldentest"
	"github.com/leatdb/leat/server/ksqltest"
)

// testFlags are what leat test was asked for.
type testFlags struct {
	modes  string
	update bool
	json   bool
	run    *regexp.Regexp
	seed   uint64
}

// runTest runs test files: .slt by the golden runner, ksqlDB's .json and .sql by
// theirs.
func runTest(ctx context.Context, env *environment, args []string) int {
	fs := env.flags()
	var f testFlags
	fs.StringVar(&f.modes, "modes", "", "comma-separated `MODES`; for .slt batch64, batch1, crash, wire (default all), for .json and .sql tasks (default), batch, crash")
	fs.BoolVar(&f.update, "update", false, "rewrite expectations of .slt files that all modes agree on; read the diff before you commit it")
	fs.BoolVar(&f.json, "json", false, "print the results of .json and .sql files as JSON")
	run := fs.String("run", "", "only .slt files whose path, and cases of .json and .sql files whose name matches this `REGEX`")
	fs.Uint64Var(&f.seed, "seed", 1, "`SEED` of the node's randomness")
	if code, done := env.parse(fs, args); done {
		return code
	}
	if fs.NArg() == 0 {
		fmt.Fprintln(env.stderr, "leat test: no PATH given")
		return exitUsage
	}
	var err error
	if *run != "" {
		if f.run, err = regexp.Compile(*run); err != nil {
			fmt.Fprintf(env.stderr, "leat test: --run: %v\n", err)
			return exitUsage
		}
	}
	var folders []string // and files that are not ksqlDB's
	for _, a := range fs.Args() {
		if ext := filepath.Ext(a); ext != ".json" && ext != ".sql" {
			folders = append(folders, a)
		}
	}
	golden, err := goldentest.Files(folders)
	if err != nil {
		return env.fail(err)
	}
	peers, err := ksqltest.Files(fs.Args())
	if err != nil {
		return env.fail(err)
	}
	if len(peers) == 0 {
		return f.goldens(ctx, env, golden)
	}
	code := f.peers(ctx, env, peers)
	if len(golden) > 0 {
		code = max(code, f.goldens(ctx, env, golden))
	}
	return code
}

// peers runs ksqlDB's files.
func (f *testFlags) peers(ctx context.Context, env *environment, files []string) int {
	modes, err := ksqltest.ParseModes(f.modes)
	if err != nil {
		fmt.Fprintf(env.stderr, "leat test: %v\n", err)
		return exitUsage
	}
	results, err := ksqltest.Run(ctx, files, ksqltest.Options{Modes: modes, Run: f.run})
	if err != nil {
		return env.fail(err)
	}
	counts := ksqltest.Count(results)
	if f.json {
		if err := ksqltest.WriteJSON(env.stdout, results); err != nil {
			return env.fail(err)
		}
	} else {
		ksqltest.WriteText(env.stdout, results)
		fmt.Fprintf(env.stdout, "\n%s\n", counts)
	}
	if counts.Failed > 0 || counts.Passed == 0 {
		return exitFailed
	}
	return exitOK
}

// goldens runs .slt files.
func (f *testFlags) goldens(ctx context.Context, env *environment, files []string) int {
	opt := goldentest.Options{Update: f.update, Seed: f.seed, Out: env.stdout, Shared: sharedFolder(env.getenv), Run: f.run}
	var err error
	if opt.Modes, err = goldentest.ParseModes(f.modes); err != nil {
		fmt.Fprintf(env.stderr, "leat test: %v\n", err)
		return exitUsage
	}
	sum, err := goldentest.Run(ctx, files, opt)
	if err != nil {
		return env.fail(err)
	}
	for _, r := range sum.Reasons {
		fmt.Fprintln(env.stdout, "skipped: "+r)
	}
	fmt.Fprintln(env.stdout, sum)
	if sum.Failed > 0 || sum.Passed == 0 {
		return exitFailed
	}
	return exitOK
}

// sharedFolder is where data of golden files lies: LEAT_SHARED, else ../shared,
// else none.
func sharedFolder(getenv func(string) string) string {
	dir := getenv("LEAT_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "shared")
	}
	if _, err := os.Stat(dir); err != nil {
		return ""
	}
	return dir
}

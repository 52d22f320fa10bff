package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"github.com/leatdb/leat/server/goldentest"
)

func runTest(ctx context.Context, env *environment, args []string) int {
	fs := env.flags()
	modes := fs.String("modes", "all", "comma-separated `MODES`: batch64, batch1, workers1, workers3, crash, wire")
	update := fs.Bool("update", false, "rewrite expectations that all modes agree on; read the diff before you commit it")
	run := fs.String("run", "", "only files whose path matches this `REGEX`")
	seed := fs.Uint64("seed", 1, "`SEED` of the node's randomness")
	if code, done := env.parse(fs, args); done {
		return code
	}
	if fs.NArg() == 0 {
		fmt.Fprintln(env.stderr, "leat test: no PATH given")
		return exitUsage
	}
	opt := goldentest.Options{Update: *update, Seed: *seed, Out: env.stdout, Shared: sharedFolder(env.getenv)}
	var err error
	if opt.Modes, err = goldentest.ParseModes(*modes); err != nil {
		fmt.Fprintf(env.stderr, "leat test: %v\n", err)
		return exitUsage
	}
	if *run != "" {
		if opt.Run, err = regexp.Compile(*run); err != nil {
			fmt.Fprintf(env.stderr, "leat test: --run: %v\n", err)
			return exitUsage
		}
	}
	files, err := goldentest.Files(fs.Args())
	if err != nil {
		return env.fail(err)
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

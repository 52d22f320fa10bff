package main

// campaign is one test with the flags of its two sizes.
type campaign struct {
	name    string
	promise string // what would be found broken
	pkg     string
	run     string // -run
	small   []string
	full    []string
}

var campaigns = []campaign{
	{
		name: "power cuts", pkg: "./internal/crash/sim", run: "TestPowerCuts",
		promise: "a node opens after a cut at any operation of the disk; what was acknowledged is there once, what was under way whole or not at all; derived relations equal their sources; subscribers go on by token without gap or repeat. Two of three lives keep the state of queries on disk",
		small:   []string{"-cuts", "600"}, full: []string{"-cuts", "20000"},
	},
	{
		name: "named points", pkg: "./internal/crash/sim", run: "TestPoints",
		promise: "the same, cut at every point between an append and its answer and in the life of a task, at its first, second and hundredth time",
		small:   []string{"-hits", "2"}, full: []string{"-hits", "100"},
	},
	{
		name: "kill -9", pkg: "./internal/crash", run: "TestKillNine",
		promise: "the same of the real binary under INSERT, transactions, COPY and subscribers over the wire and HTTP",
		small:   []string{"-cycles", "30"}, full: []string{"-cycles", "1000"},
	},
	{
		name: "failing calls", pkg: "./internal/crash/sim", run: "TestEveryCallFails",
		promise: "any call to the disk may fail once, with EIO and with ENOSPC: the node says so or ends; nothing acknowledged is lost, nothing refused is written, and queries that stopped go on when resumed. Once with state in memory, once with it on disk",
		small:   []string{"-faults", "40"}, full: []string{"-faults", "1"},
	},
	{
		name: "full disk", pkg: "./internal/crash/sim", run: "TestDiskFull",
		promise: "writers are told 53100, readers read on, and all goes on when there is room again",
		full:    []string{"-fills", "200"},
	},
	{
		name: "damage", pkg: "./internal/crash/sim", run: "TestDamage",
		promise: "any byte of a data directory flipped, any file truncated anywhere or removed: refused, reported or harmless, never another answer; what did no harm goes on and starts again. Of a node that was not closed a cut off log may lose its end, no more",
		small:   []string{"-damages", "150"}, full: []string{"-damages", "0", "-again", "8"},
	},
	{
		name: "power cuts of the log", pkg: "./log", run: "TestCrash|TestCrashRelaxed",
		promise: "the log alone, with compaction, producers and journals",
		full:    []string{"-seeds", "2000"},
	},
	{
		name: "journal model", pkg: "./executor/task", run: "TestModelOfTheJournal",
		promise: "the protocol of the journal has no violation, and has one without any of its guards",
		full:    []string{"-runs", "20000"},
	},
	{
		name: "operators", pkg: "./executor/op", run: ".",
		promise: "every operator gives what a plain one gives, whatever the batches and wherever its state is saved and loaded; after a crash it goes back to what was saved and gives the same again",
		full:    []string{"-outputs", "1000000"},
	},
	{
		name: "expressions", pkg: "./sql/expr", run: "TestAgainstTwin",
		promise: "compiled expressions give what a plain evaluation gives",
		full:    []string{"-rounds", "400000"},
	},
	{
		name: "queries", pkg: "./internal/oracle", run: "TestAgainstPostgres",
		promise: "random queries at rest (joins, groups, windows, set operations, subqueries) have PostgreSQL 15's answers",
		full:    []string{"-queries", "20000"},
	},
	{
		name: "scrambled statements", pkg: "./server", run: "TestScrambled",
		promise: "statements with tokens taken out, doubled, exchanged and put in are answered or refused: no panic, no internal error",
		full:    []string{"-scrambles", "300000"},
	},
	{
		name: "formats", pkg: "./executor/codec", run: "AgainstLibrary|EveryTypeThere|ConfluentHeads",
		promise: "what we write others read, and what others write we read",
		full:    []string{"-codec.rows", "100000"},
	},
}

// Package cli is the command line: one file a command. It parses, starts the
// server or a client, prints, and gives an exit code; the work is elsewhere.
//
//	cli.go         dispatch, help, exit codes
//	config.go      settings: flag > environment > leat.toml > default; config_print.go shows them
//	serve.go       leat serve; site.go: what is on its HTTP port
//	doors.go       TLS, rules and the first superuser of leat serve; init.go: leat init; audit.go: leat audit
//	secret_key.go  the key of CREATE SECRET
//	systemd.go     what the supervisor is told: ready, alive, stopping
//	doctor.go      leat doctor: the list of checks; doctor_*.go: a family each
//	completion.go  leat completion: scripts of completion.txt
//	memory.go      the garbage collector's pace and limit
//	demo.go        leat demo: the main job on the data of examples/
//	demo_dashboard.go  the demo's dashboard for the console
//	demo_show.go   what the demo prints: progress, live rows, checked answers
//	sql.go         leat sql: connection and statement loop
//	shell_meta.go  the shell's backslash commands
//	shell_print.go result tables of the shell
//	shell_words.go history and completion
//	test.go        leat test: golden files
//	bench.go       leat bench: measurements
//	version.go     leat version
//
// Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
package cli

package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/peterh/liner"
	"golang.org/x/term"

	"github.com/leatdb/leat/sql"
)

// shell is one `leat sql` session.
type shell struct {
	env      *environment
	conn     *pgconn.PgConn
	url      string
	password string // asked for at the terminal
	expanded bool
	timing   bool
	wide     bool // stdout is a terminal: draw borders
	words    *wordList
}

func runSQL(ctx context.Context, env *environment, args []string) int {
	fs := env.flags()
	url := fs.String("url", "", "connection `URL`; default from LEAT_URL, else postgres://127.0.0.1:7432/leat")
	text := fs.String("c", "", "run this `SQL` and exit")
	file := fs.String("f", "", "run the statements of this `FILE` and exit")
	if code, done := env.parse(fs, args); done {
		return code
	}
	if *url == "" {
		*url = env.getenv("LEAT_URL")
	}
	if *url == "" {
		*url = "postgres://leat@127.0.0.1:7432/leat?application_name=leat"
	}
	s := &shell{env: env, url: *url, words: &wordList{}}
	if err := s.connect(ctx); err != nil {
		var refused *pgconn.PgError
		if errors.As(err, &refused) { // it runs, and says why not
			return env.fail(fmt.Errorf("connect: %w", err))
		}
		return env.fail(fmt.Errorf("connect: %w (is `leat serve` running?)", err))
	}
	defer func() { _ = s.conn.Close(context.WithoutCancel(ctx)) }()
	switch {
	case *text != "":
		return s.batch(ctx, *text)
	case *file != "":
		b, err := os.ReadFile(*file)
		if err != nil {
			return env.fail(err)
		}
		return s.batch(ctx, string(b))
	case !term.IsTerminal(int(env.stdin.Fd())):
		b, err := io.ReadAll(bufio.NewReader(env.stdin))
		if err != nil {
			return env.fail(err)
		}
		return s.batch(ctx, string(b))
	}
	s.wide = true
	return s.interact()
}

func (s *shell) connect(ctx context.Context) error {
	cfg, err := pgconn.ParseConfig(s.url)
	if err != nil {
		return err
	}
	cfg.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		fmt.Fprintf(s.env.stderr, "%s:  %s\n", n.Severity, n.Message)
		if n.Hint != "" {
			fmt.Fprintf(s.env.stderr, "HINT:  %s\n", n.Hint)
		}
	}
	if s.password != "" {
		cfg.Password = s.password
	}
	s.conn, err = pgconn.ConnectConfig(ctx, cfg)
	var refused *pgconn.PgError
	if cfg.Password != "" || !errors.As(err, &refused) || refused.Code != "28P01" || !term.IsTerminal(int(s.env.stdin.Fd())) {
		return err
	}
	fmt.Fprintf(s.env.stderr, "Password for user %s: ", cfg.User)
	b, err := term.ReadPassword(int(s.env.stdin.Fd()))
	fmt.Fprintln(s.env.stderr)
	if err != nil || len(b) == 0 {
		return errors.Join(refused, err)
	}
	s.password = string(b)
	return s.connect(ctx)
}

// batch runs a script and stops at the first error.
func (s *shell) batch(ctx context.Context, text string) int {
	for _, part := range s.split(text) {
		if err := s.run(ctx, part); err != nil {
			s.printError(part, err)
			if ctx.Err() != nil {
				return exitInterrupted
			}
			return exitFailed
		}
	}
	return exitOK
}

// split cuts a script into statements; a line that starts with a backslash is a
// statement of its own.
func (s *shell) split(text string) []string {
	var out []string
	var sqlText strings.Builder
	flush := func() {
		for _, st := range sql.Split(sqlText.String()) {
			if strings.TrimSpace(st.Text) != "" {
				out = append(out, st.Text)
			}
		}
		sqlText.Reset()
	}
	for _, line := range strings.SplitAfter(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), `\`) && (strings.TrimSpace(sqlText.String()) == "" || !sql.IsIncomplete(sqlText.String())) {
			flush()
			out = append(out, strings.TrimSpace(line))
			continue
		}
		sqlText.WriteString(line)
	}
	flush()
	return out
}

// interact is the prompt loop.
func (s *shell) interact() int {
	line := liner.NewLiner()
	defer line.Close()
	line.SetCtrlCAborts(true)
	line.SetMultiLineMode(true)
	line.SetCompleter(func(l string) []string { return s.words.complete(s, l) })
	loadHistory(line, s.env.getenv)
	defer saveHistory(line, s.env.getenv)
	fmt.Fprintf(s.env.stdout, "leat %s. Type \\? for help, \\q to leave.\n", Version)
	var pending string
	for {
		prompt := "leat=> "
		if pending != "" {
			prompt = "leat-> "
		}
		text, err := line.Prompt(prompt)
		if errors.Is(err, liner.ErrPromptAborted) {
			pending = ""
			continue
		}
		if err != nil {
			return exitOK
		}
		if pending == "" && strings.HasPrefix(strings.TrimSpace(text), `\`) {
			line.AppendHistory(text)
			if quit := s.interactive(strings.TrimSpace(text)); quit {
				return exitOK
			}
			continue
		}
		pending += text + "\n"
		if strings.TrimSpace(pending) == "" {
			pending = ""
			continue
		}
		if sql.IsIncomplete(pending) {
			continue
		}
		if !strings.Contains(strings.ToUpper(pending), "PASSWORD") { // the history is a file
			line.AppendHistory(strings.TrimSpace(pending))
		}
		for _, part := range s.split(pending) {
			if s.interactive(part) {
				return exitOK
			}
		}
		pending = ""
	}
}

// interactive runs one statement under Ctrl-C; it tells whether to leave.
func (s *shell) interactive(text string) (quit bool) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := s.run(ctx, text)
	switch {
	case errors.Is(err, errQuit):
		return true
	case err != nil:
		s.printError(text, err)
	}
	if s.conn.IsClosed() {
		fmt.Fprintln(s.env.stderr, "connection lost; reconnecting")
		if err := s.connect(context.Background()); err != nil {
			fmt.Fprintf(s.env.stderr, "reconnect: %v\n", err)
			return true
		}
	}
	return false
}

// run executes one statement or backslash command.
func (s *shell) run(ctx context.Context, text string) error {
	if strings.HasPrefix(text, `\`) {
		return s.meta(ctx, text)
	}
	start := time.Now()
	if err := s.execute(ctx, text); err != nil {
		return err
	}
	if s.timing {
		fmt.Fprintf(s.env.stdout, "Time: %.3f ms\n", float64(time.Since(start).Microseconds())/1000)
	}
	return nil
}

// execute sends SQL and prints each result; rows are printed as they come. When
// ctx ends the statement is cancelled on the server and the connection stays.
func (s *shell) execute(ctx context.Context, text string) error {
	done := make(chan struct{})
	cancelled := make(chan struct{})
	go func() {
		defer close(cancelled)
		select {
		case <-ctx.Done():
			_ = s.conn.CancelRequest(context.Background())
		case <-done:
		}
	}()
	defer func() {
		close(done)
		<-cancelled
	}()
	mrr := s.conn.Exec(context.WithoutCancel(ctx), text)
	for mrr.NextResult() {
		rr := mrr.ResultReader()
		if err := s.printResult(rr); err != nil {
			_ = mrr.Close()
			return err
		}
	}
	return mrr.Close()
}

// printError draws an error like psql: message, caret, detail, hint.
func (s *shell) printError(text string, err error) {
	var pe *pgconn.PgError
	if !errors.As(err, &pe) {
		fmt.Fprintf(s.env.stderr, "error: %v\n", err)
		return
	}
	fmt.Fprintf(s.env.stderr, "%s:  %s (%s)\n", pe.Severity, pe.Message, pe.Code)
	if pe.Position > 0 {
		fmt.Fprint(s.env.stderr, caret(text, int(pe.Position)))
	}
	if pe.Detail != "" {
		fmt.Fprintf(s.env.stderr, "DETAIL:  %s\n", pe.Detail)
	}
	if pe.Hint != "" {
		fmt.Fprintf(s.env.stderr, "HINT:  %s\n", pe.Hint)
	}
}

// caret draws the line of a position (characters, from 1) with a mark under it.
func caret(text string, pos int) string {
	runes := []rune(text)
	if pos > len(runes)+1 {
		return ""
	}
	start, lineNo := 0, 1
	for i := 0; i < pos-1; i++ {
		if runes[i] == '\n' {
			start, lineNo = i+1, lineNo+1
		}
	}
	end := start
	for end < len(runes) && runes[end] != '\n' {
		end++
	}
	head := fmt.Sprintf("LINE %d: ", lineNo)
	return head + string(runes[start:end]) + "\n" + strings.Repeat(" ", len(head)+pos-1-start) + "^\n"
}

package goldentest

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/leatdb/leat/sql/types"
)

// parseTime reads the time of an insert line: @10s, @1m30s after the epoch, or
// an ISO instant. The result is ms.
func parseTime(s string) (int64, error) {
	s = strings.TrimPrefix(s, "@")
	if d, err := time.ParseDuration(s); err == nil {
		return d.Milliseconds(), nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return 0, fmt.Errorf("time %q is neither a duration after the epoch nor an ISO instant", s)
	}
	return t.UnixMilli(), nil
}

// formatTime writes ms as an insert line has it: seconds or milliseconds after
// the epoch within the first hundred days, an ISO instant beyond.
func formatTime(ms int64) string {
	const hundredDays = 100 * 24 * 3600 * 1000
	switch {
	case ms < 0 || ms >= hundredDays:
		return "@" + time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.999Z07:00")
	case ms%1000 == 0:
		return fmt.Sprintf("@%ds", ms/1000)
	}
	return fmt.Sprintf("@%dms", ms)
}

// splitCells cuts an insert line into its fields: bare words, JSON strings and
// bracketed JSON.
func splitCells(line string) ([]string, error) {
	var out []string
	for i := 0; i < len(line); {
		if line[i] == ' ' || line[i] == '\t' {
			i++
			continue
		}
		end, err := cellEnd(line, i)
		if err != nil {
			return nil, err
		}
		out = append(out, line[i:end])
		i = end
	}
	return out, nil
}

func cellEnd(line string, i int) (int, error) {
	switch line[i] {
	case '"', '{', '[':
		dec := json.NewDecoder(strings.NewReader(line[i:]))
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return 0, fmt.Errorf("cell at %q: %w", line[i:], err)
		}
		return i + int(dec.InputOffset()), nil
	}
	for i < len(line) && line[i] != ' ' && line[i] != '\t' {
		i++
	}
	return i, nil
}

// literal turns a cell into SQL: NULL bare is null, a JSON string is its text,
// everything else is its own text; the column's type decides what it means.
func literal(cell string) (string, error) {
	if cell == "NULL" || cell == "null" {
		return "NULL", nil
	}
	text := cell
	if strings.HasPrefix(cell, `"`) {
		if err := json.Unmarshal([]byte(cell), &text); err != nil {
			return "", fmt.Errorf("cell %s: %w", cell, err)
		}
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'", nil
}

// changeCell is a value as change lines show it: ISO timestamps, NULL, quoted
// text when it would not read back as one word.
func changeCell(t types.Type, v types.Value) string {
	switch {
	case v == nil:
		return "NULL"
	case t.Kind == types.Timestamp:
		return time.UnixMicro(v.(int64)).UTC().Format("2006-01-02T15:04:05.999999Z07:00")
	}
	text := string(types.AppendText(nil, t, v, nil))
	if t.IsText() && (text == "" || text == "NULL" || strings.ContainsAny(text, " \t\n\"")) {
		quoted, err := json.Marshal(text)
		if err == nil {
			return string(quoted)
		}
	}
	return text
}

// queryCell is a value as query rows show it: Postgres's text, NULL, (empty).
func queryCell(text []byte, null bool) string {
	switch {
	case null:
		return "NULL"
	case len(text) == 0:
		return "(empty)"
	}
	return strings.ReplaceAll(string(text), "\n", `\n`)
}

package server

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leatdb/leat/sql/sqlerr"
	"github.com/leatdb/leat/sql/types"
)

// settings are one session's parameters over the server's defaults.
type settings struct {
	base   map[string]string // what RESET goes back to where that is no default: the startup packet's
	values map[string]string // by lower-case name
	undo   map[string]change // inside a transaction: what to go back to
	report func(name, value string)
}

// change is the value before a transaction's first SET of a name.
type change struct {
	value string
	had   bool
	local bool // SET LOCAL: reverted by COMMIT too
	after string
	kept  bool // a plain SET came after: after is what COMMIT keeps
}

func newSettings(report func(name, value string)) *settings {
	return &settings{base: map[string]string{}, values: map[string]string{}, report: report}
}

// defaults are the values of all known settings, which sessions share.
var defaults = func() map[string]string {
	m := map[string]string{}
	for i := range knownSettings {
		m[strings.ToLower(knownSettings[i].name)] = knownSettings[i].value
	}
	return m
}()

// initial is what RESET goes back to; false for a name that has no such value.
func (s *settings) initial(name string) (string, bool) {
	if v, ok := s.base[name]; ok {
		return v, true
	}
	v, ok := defaults[name]
	return v, ok
}

// reportAll tells the client the settings it wants to know from the start.
func (s *settings) reportAll() {
	for i := range knownSettings {
		if knownSettings[i].report {
			s.report(knownSettings[i].name, s.get(strings.ToLower(knownSettings[i].name)))
		}
	}
}

// lookup gives the value of a setting, known or custom; the name in any case.
func (s *settings) lookup(name string) (string, bool) {
	name = strings.ToLower(name)
	if v, ok := s.values[name]; ok {
		return v, true
	}
	if strings.HasPrefix(name, "transaction_") {
		// What BEGIN did not say, and outside a transaction what it would say.
		if v, ok := s.lookup("default_" + name); ok {
			return v, true
		}
	}
	return s.initial(name)
}

func (s *settings) get(name string) string {
	v, _ := s.lookup(name)
	return v
}

func (s *settings) isOn(name string) bool { return s.get(name) == "on" }

// millis is a duration setting in milliseconds.
func (s *settings) millis(name string) int64 {
	n, _ := strconv.ParseInt(s.get(name), 10, 64)
	return n
}

func (s *settings) location() *time.Location {
	loc, err := types.LoadZone(s.get("timezone"))
	if err != nil {
		return time.UTC // checked when it was set
	}
	return loc
}

// ksql tells whether statements have ksqlDB's meaning.
func (s *settings) ksql() bool { return s.get("compatibility") == "ksqldb" }

// set checks and stores a value. local reverts it at the end of the
// transaction; inTx makes ROLLBACK revert it.
func (s *settings) set(name, value string, local, inTx bool) error {
	name = strings.ToLower(name)
	checked, err := checkSetting(name, value)
	if err != nil {
		return err
	}
	if inTx {
		s.remember(name, checked, local)
	} else if local {
		return nil // SET LOCAL outside a transaction has no effect
	}
	s.store(name, checked)
	return nil
}

func (s *settings) remember(name, value string, local bool) {
	if s.undo == nil {
		s.undo = map[string]change{}
	}
	c, seen := s.undo[name]
	if !seen {
		c.value, c.had = s.values[name]
	}
	if local {
		c.local = true
	} else {
		c.after, c.kept = value, true
	}
	s.undo[name] = c
}

func (s *settings) store(name, value string) {
	old := s.get(name)
	s.values[name] = value
	if known := settingByName[name]; known != nil && known.report && old != value {
		s.report(known.name, value)
	}
}

// reset goes back to the session's start; name "" resets all.
func (s *settings) reset(name string, inTx bool) error {
	if name == "" {
		names := make([]string, 0, len(s.values))
		for n := range s.values {
			if n != "role" && n != "session_authorization" && n != "is_superuser" { // as in PostgreSQL
				names = append(names, n)
			}
		}
		slices.Sort(names)
		for _, n := range names {
			if err := s.reset(n, inTx); err != nil {
				return err
			}
		}
		return nil
	}
	name = strings.ToLower(name)
	if _, ok := s.lookup(name); !ok && settingByName[name] == nil {
		return unknownSetting(name)
	}
	if inTx {
		first, _ := s.initial(name)
		s.remember(name, first, false)
	}
	if v, ok := s.initial(name); ok {
		s.store(name, v)
	}
	delete(s.values, name)
	return nil
}

// endTransaction keeps or reverts what was set inside it.
func (s *settings) endTransaction(committed bool) {
	names := make([]string, 0, len(s.undo))
	for n := range s.undo {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		c := s.undo[n]
		switch {
		case committed && !c.local:
		case committed && c.kept:
			s.store(n, c.after)
		case c.had:
			s.store(n, c.value)
		default:
			first, _ := s.initial(n)
			s.store(n, first)
			delete(s.values, n)
		}
	}
	s.undo = nil
}

// checkSetting gives the canonical form of a value.
func checkSetting(name, value string) (string, error) {
	known := settingByName[name]
	if known == nil {
		if before, _, dotted := strings.Cut(name, "."); dotted && before != "ksql" && before != "" {
			return value, nil // a custom parameter, as in PostgreSQL
		}
		return "", unknownSetting(name)
	}
	bad := func() error {
		return sqlerr.New(sqlerr.InvalidParameterValue, "invalid value for parameter %q: %q", known.name, value)
	}
	switch known.kind {
	case readOnlySetting:
		if strings.EqualFold(value, known.value) {
			return known.value, nil
		}
		return "", sqlerr.New(sqlerr.CantChangeParam, "parameter %q cannot be changed", known.name)
	case boolSetting:
		v, ok := types.ParseBool(strings.ToLower(value))
		if !ok {
			return "", sqlerr.New(sqlerr.InvalidParameterValue, "parameter %q requires a Boolean value", known.name)
		}
		return map[bool]string{true: "on", false: "off"}[v], nil
	case intSetting:
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return "", bad()
		}
		if n < known.min || n > known.max {
			return "", sqlerr.New(sqlerr.InvalidParameterValue, "%d is outside the valid range for parameter %q (%d .. %d)", n, known.name, known.min, known.max)
		}
		return strconv.FormatInt(n, 10), nil
	case durationSetting:
		ms, ok := parseMillis(value)
		if !ok {
			return "", bad()
		}
		return strconv.FormatInt(ms, 10), nil
	case enumSetting:
		return checkEnum(known, value)
	case timeZoneSetting:
		if _, err := types.LoadZone(value); err != nil {
			return "", bad()
		}
		return value, nil
	case encodingSetting:
		return checkEncoding(known, value)
	case dateStyleSetting:
		return checkDateStyle(value)
	}
	return value, nil
}

func checkEnum(known *setting, value string) (string, error) {
	v := strings.ToLower(value)
	if slices.Contains(known.words, "on") {
		if b, ok := types.ParseBool(v); ok {
			v = map[bool]string{true: "on", false: "off"}[b]
		}
	}
	if slices.Contains(known.words, v) {
		return v, nil
	}
	return "", sqlerr.New(sqlerr.InvalidParameterValue, "invalid value for parameter %q: %q", known.name, value).
		WithHint("Available values: %s.", strings.Join(known.words, ", "))
}

func checkEncoding(known *setting, value string) (string, error) {
	switch strings.ToUpper(strings.NewReplacer("-", "", "_", "", "'", "").Replace(value)) {
	case "UTF8", "UNICODE":
		return "UTF8", nil
	case "SQLASCII":
		// As in PostgreSQL: bytes pass as they are. psql on a terminal asks for it
		// where the locale is C or unset.
		return "SQL_ASCII", nil
	}
	return "", sqlerr.New(sqlerr.InvalidParameterValue, "invalid value for parameter %q: %q", known.name, value).
		WithHint("UTF8 is supported, and SQL_ASCII, which converts nothing.")
}

func checkDateStyle(value string) (string, error) {
	order := "MDY"
	for _, w := range strings.Split(strings.ToUpper(value), ",") {
		switch w = strings.TrimSpace(w); w {
		case "ISO", "DEFAULT":
		case "MDY", "DMY", "YMD":
			order = w
		case "US", "NONEURO", "NONEUROPEAN":
			order = "MDY"
		case "EURO", "EUROPEAN":
			order = "DMY"
		default:
			return "", sqlerr.New(sqlerr.InvalidParameterValue, "invalid value for parameter %q: %q", "DateStyle", value).
				WithHint("Only the output style ISO is supported.")
		}
	}
	return "ISO, " + order, nil
}

// parseMillis reads a duration: a number of milliseconds, or with a unit.
func parseMillis(value string) (int64, bool) {
	value = strings.TrimSpace(value)
	i := 0
	for i < len(value) && (value[i] >= '0' && value[i] <= '9' || value[i] == '.' || i == 0 && value[i] == '-') {
		i++
	}
	n, err := strconv.ParseFloat(value[:i], 64)
	if err != nil {
		return 0, false
	}
	scale, ok := map[string]float64{
		"": 1, "us": 0.001, "ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000,
	}[strings.ToLower(strings.TrimSpace(value[i:]))]
	if ms := n * scale; ok && ms >= 0 && ms <= maxInt {
		return int64(ms), true
	}
	return 0, false
}

// unknownSetting is 42704 with the nearest known name.
func unknownSetting(name string) error {
	e := sqlerr.New(sqlerr.UndefinedObject, "unrecognized configuration parameter %q", name)
	names := make([]string, 0, len(settingByName))
	for n := range settingByName {
		names = append(names, n)
	}
	slices.Sort(names)
	if near := nearest(name, names); near != "" {
		return e.WithHint("Perhaps you meant %q.", near)
	}
	return e
}

// nearest is the name with the smallest edit distance to a misspelt one, or ""
// when none is near.
func nearest(name string, names []string) string {
	best, bestDist := "", min(len(name)/3, 2)+1
	for _, n := range names {
		if d := editDistance(name, n); d < bestDist {
			best, bestDist = n, d
		}
	}
	return best
}

func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diag := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diag
			if a[i-1] != b[j-1] {
				cost++
			}
			diag = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}

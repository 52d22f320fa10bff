package types

import (
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // the one place where time-zone data is embedded

	"github.com/leatdb/leat/sql/sqlerr"
)

// zones remembers the locations found; there are as many as the data has names
// and spellings the clients use, so the number is bounded by maxZones.
var zones struct {
	sync.Mutex
	byName map[string]*time.Location
}

const maxZones = 4096

// zoneAbbrevs are the abbreviations PostgreSQL's default set knows and clients
// send, in seconds east of UTC.
var zoneAbbrevs = map[string]int{
	"utc": 0, "gmt": 0, "z": 0, "zulu": 0, "ut": 0, "uct": 0, "wet": 0,
	"bst": 3600, "cet": 3600, "met": 3600, "west": 3600, "cest": 7200, "mest": 7200, "eet": 7200, "sast": 7200,
	"eest": 10800, "msk": 10800, "ist": 7200, "jst": 32400, "kst": 32400,
	"est": -18000, "edt": -14400, "cst": -21600, "cdt": -18000, "mst": -25200, "mdt": -21600,
	"pst": -28800, "pdt": -25200, "akst": -32400, "akdt": -28800, "hst": -36000,
	"aest": 36000, "aedt": 39600, "acst": 34200, "acdt": 37800, "awst": 28800, "nzst": 43200, "nzdt": 46800,
}

// LoadZone finds a time zone: a name of the tz database in any case, an
// abbreviation, or an offset (+02, -05:30, +0530; positive is east). 22023 when
// there is none.
func LoadZone(name string) (*time.Location, error) {
	key := strings.ToLower(strings.TrimSpace(name))
	if key == "" {
		return nil, errZone(name)
	}
	if off, ok := zoneAbbrevs[key]; ok {
		return fixedZone(off), nil
	}
	if key[0] == '+' || key[0] == '-' {
		if off, ok := parseOffset(key); ok {
			return fixedZone(off), nil
		}
		return nil, errZone(name)
	}
	zones.Lock()
	defer zones.Unlock()
	if loc, ok := zones.byName[name]; ok {
		return loc, nil
	}
	loc, ok := loadNamed(strings.TrimSpace(name))
	if !ok {
		return nil, errZone(name)
	}
	if zones.byName == nil || len(zones.byName) >= maxZones {
		zones.byName = map[string]*time.Location{}
	}
	zones.byName[name] = loc
	return loc, nil
}

func errZone(name string) error {
	return sqlerr.New(sqlerr.InvalidParameterValue, "time zone \"%s\" not recognized", name)
}

func fixedZone(off int) *time.Location {
	if off == 0 {
		return time.UTC
	}
	return time.FixedZone(string(appendOffset(nil, off)), off)
}

// loadNamed tries the name as it is, in upper case and with capitals at the
// start of its words (europe/berlin, america/port_of_spain).
func loadNamed(name string) (*time.Location, bool) {
	if len(name) > 64 || strings.EqualFold(name, "local") {
		return nil, false
	}
	for _, try := range []string{name, strings.ToUpper(name), capitals(name)} {
		if loc, err := time.LoadLocation(try); err == nil && try != "" {
			return loc, true
		}
	}
	return nil, false
}

func capitals(name string) string {
	b := []byte(strings.ToLower(name))
	for i := range b {
		start := i == 0 || b[i-1] == '/' || b[i-1] == '-' || b[i-1] == '_'
		word := string(b[i:min(i+3, len(b))])
		if start && word != "of_" && word != "es_" && b[i] >= 'a' && b[i] <= 'z' {
			b[i] -= 'a' - 'A'
		}
	}
	return string(b)
}

// maxZoneHours is the farthest a zone is from UTC, PostgreSQL's.
const maxZoneHours = 15

// parseOffset reads [+-]h, hh, hhmm, hh:mm, hh:mm:ss as seconds east.
func parseOffset(s string) (off int, ok bool) {
	if len(s) < 2 || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	body := s[1:]
	parts := strings.Split(body, ":")
	if len(parts) == 1 && len(body) > 2 {
		if len(body) != 4 && len(body) != 6 {
			return 0, false
		}
		parts = []string{body[:2], body[2:4]}
		if len(body) == 6 {
			parts = append(parts, body[4:])
		}
	}
	if len(parts) > 3 {
		return 0, false
	}
	unit := 3600
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 10, 8)
		if err != nil || len(p) > 2 || i > 0 && n > 59 || n > maxZoneHours && i == 0 {
			return 0, false
		}
		off += int(n) * unit
		unit /= 60
	}
	if s[0] == '-' {
		off = -off
	}
	return off, true
}

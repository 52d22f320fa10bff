package auth

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Listeners.
const (
	ListenerWire = "pgwire"
	ListenerHTTP = "http"
)

// Method is how a client shows who it is.
type Method string

// Methods.
const (
	Trust  Method = "trust"  // not at all
	SCRAM  Method = "scram"  // by the role's password
	Cert   Method = "cert"   // by a client certificate with the role as common name
	Reject Method = "reject" // it may not come in
)

// Rule says how clients of one kind authenticate. The first rule that fits counts.
type Rule struct {
	Listener  string // pgwire, http, or all
	Databases []string
	Roles     []string
	Address   string // all, loopback, or From's text
	From      netip.Prefix
	Method    Method
}

// DefaultRules trust who is on this machine and ask everybody else for a password.
const DefaultRules = "all all all loopback trust; all all all all scram"

// ParseRules reads rules, one a line or with semicolons between them: listener,
// databases, roles, address, method. Names are lists by comma; all fits
// everything, # begins a comment.
func ParseRules(text string) ([]Rule, error) {
	var out []Rule
	for n, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		for part := range strings.SplitSeq(line, ";") {
			words := strings.Fields(part)
			if len(words) == 0 {
				continue
			}
			r, err := parseRule(words)
			if err != nil {
				return nil, fmt.Errorf("authentication rule in line %d, %q: %w", n+1, strings.Join(words, " "), err)
			}
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("there is no authentication rule; the default is %q", DefaultRules)
	}
	return out, nil
}

func parseRule(words []string) (Rule, error) {
	if len(words) != 5 {
		return Rule{}, fmt.Errorf("a rule has five words: listener, database, role, address, method")
	}
	r := Rule{
		Listener: words[0], Databases: strings.Split(words[1], ","), Roles: strings.Split(words[2], ","),
		Address: words[3], Method: Method(words[4]),
	}
	if !slices.Contains([]string{"all", ListenerWire, ListenerHTTP}, r.Listener) {
		return r, fmt.Errorf("listener %q is none of all, %s, %s", r.Listener, ListenerWire, ListenerHTTP)
	}
	if !slices.Contains([]Method{Trust, SCRAM, Cert, Reject}, r.Method) {
		return r, fmt.Errorf("method %q is none of trust, scram, cert, reject", words[4])
	}
	if r.Address == "all" || r.Address == "loopback" {
		return r, nil
	}
	if a, err := netip.ParseAddr(r.Address); err == nil {
		r.From = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen())
		return r, nil
	}
	p, err := netip.ParsePrefix(r.Address)
	if err != nil {
		return r, fmt.Errorf("address %q is none of all, loopback, an address, a network such as 10.0.0.0/8", r.Address)
	}
	r.From = p.Masked()
	return r, nil
}

// String is the rule as ParseRules reads it.
func (r Rule) String() string {
	return strings.Join([]string{r.Listener, strings.Join(r.Databases, ","), strings.Join(r.Roles, ","), r.Address, string(r.Method)}, " ")
}

func (r Rule) fits(k Knock) bool {
	if r.Listener != "all" && r.Listener != k.Listener || !r.from(k.From) {
		return false
	}
	return slices.ContainsFunc(r.Databases, func(d string) bool { return d == "all" || d == k.Database || d == "sameuser" && k.Database == k.Role }) &&
		slices.ContainsFunc(r.Roles, func(name string) bool { return name == "all" || name == k.Role })
}

func (r Rule) from(a netip.Addr) bool {
	switch r.Address {
	case "all":
		return true
	case "loopback":
		return a.IsLoopback()
	}
	return r.From.Contains(a)
}

// TrustsStrangers is the first rule that lets clients of other machines in
// without proof; ok is false when there is none.
func TrustsStrangers(rules []Rule) (r Rule, ok bool) {
	for _, r := range rules {
		near := r.Address == "loopback" || r.From.IsValid() && r.From.Addr().IsLoopback() && (r.From.Addr().Is6() || r.From.Bits() >= 8)
		if r.Method == Trust && !near {
			return r, true
		}
	}
	return Rule{}, false
}

// Address is the client's address in a RemoteAddr: without port and zone. What
// has none, such as a pipe in this process, counts as loopback.
func Address(remote string) netip.Addr {
	if ap, err := netip.ParseAddrPort(remote); err == nil {
		return ap.Addr().Unmap().WithZone("")
	}
	if a, err := netip.ParseAddr(remote); err == nil {
		return a.Unmap().WithZone("")
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

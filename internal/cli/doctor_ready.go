package cli

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// readyWithin is how long a server has for its answer.
const readyWithin = 3 * time.Second

// ready asks the server that runs with these settings whether it can answer
// clients: a container's health check.
func (d *doctor) ready() {
	if d.s.HTTP == "" {
		d.say(verdictFail, "ready", "the HTTP port is turned off, so nothing can be asked")
		return
	}
	url := d.readyURL()
	// The server is on this machine and nothing secret is said, so its certificate,
	// which names it for others, is not looked at.
	client := http.Client{Timeout: readyWithin, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	resp, err := client.Get(url)
	if err != nil {
		d.say(verdictFail, "ready", "%v", err)
		return
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	text := strings.ReplaceAll(strings.TrimSpace(string(body)), "\n", ", ")
	if err != nil || resp.StatusCode != http.StatusOK {
		d.say(verdictFail, "ready", "%s: %d %s", url, resp.StatusCode, text)
		return
	}
	d.say(verdictOK, "ready", "%s: %s", url, text)
}

// readyURL is where a server with these settings is asked, from its own machine.
func (d *doctor) readyURL() string {
	scheme := "http"
	if d.s.TLSCert != "" && d.s.TLS != "off" {
		scheme = "https"
	}
	host, port, err := net.SplitHostPort(d.s.HTTP)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1"
	}
	return fmt.Sprintf("%s://%s/readyz?verbose", scheme, net.JoinHostPort(host, port))
}

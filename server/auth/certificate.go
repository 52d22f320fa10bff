package auth

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

// CertificateFiles name PEM files.
type CertificateFiles struct {
	Cert string // the server's certificate, then those between it and the root
	Key  string // its private key
	// ClientCA has the roots of client certificates; "" asks clients for none.
	ClientCA string
}

// Certificates are the server's, read from files and replaceable while clients
// connect.
type Certificates struct {
	files CertificateFiles
	now   atomic.Pointer[loaded]
}

// loaded are the configurations made from one reading of the files.
type loaded struct {
	wire, web *tls.Config
	expires   time.Time
}

// LoadCertificates reads the files.
func LoadCertificates(files CertificateFiles) (*Certificates, error) {
	c := &Certificates{files: files}
	return c, c.Reload()
}

// Reload reads the files again. After an error the certificates are what they
// were; connections that are open keep theirs.
func (c *Certificates) Reload() error {
	pair, err := tls.LoadX509KeyPair(c.files.Cert, c.files.Key)
	if err != nil {
		return fmt.Errorf("load TLS certificate %s with key %s: %w", c.files.Cert, c.files.Key, err)
	}
	base := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}
	if c.files.ClientCA != "" {
		pem, err := os.ReadFile(c.files.ClientCA)
		if err != nil {
			return fmt.Errorf("read client CA: %w", err)
		}
		base.ClientCAs = x509.NewCertPool()
		if !base.ClientCAs.AppendCertsFromPEM(pem) {
			return fmt.Errorf("client CA %s holds no certificate", c.files.ClientCA)
		}
		base.ClientAuth = tls.VerifyClientCertIfGiven
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return fmt.Errorf("load TLS certificate %s: %w", c.files.Cert, err)
	}
	l := &loaded{wire: base.Clone(), web: base.Clone(), expires: leaf.NotAfter}
	l.wire.NextProtos = []string{"postgresql"}
	l.web.NextProtos = []string{"h2", "http/1.1"}
	c.now.Store(l)
	return nil
}

// Wire is the configuration of the Postgres wire's next handshake.
func (c *Certificates) Wire() *tls.Config { return c.now.Load().wire }

// Web is a configuration for HTTP that follows Reload.
func (c *Certificates) Web() *tls.Config {
	cfg := c.now.Load().web.Clone()
	cfg.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return c.now.Load().web, nil }
	return cfg
}

// Expires is the end of the server certificate's life.
func (c *Certificates) Expires() time.Time { return c.now.Load().expires }

package tlsfiles

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
)

// ClientConfig is the TLS configuration of a client that connects to a server, such
// as a message broker, with private or public authorities. It is embedded with a
// prefix, such as `env:", prefix=REDIS_"`.
type ClientConfig struct {
	Enabled    bool   `env:"TLS, default=false"`
	CAFile     string `env:"TLS_CA_FILE"`     // PEM; empty: the machine's authorities
	CertFile   string `env:"TLS_CERT_FILE"`   // PEM, the client's own; empty: none
	KeyFile    string `env:"TLS_KEY_FILE"`    // PEM, of CertFile
	ServerName string `env:"TLS_SERVER_NAME"` // in the server's certificate; empty: the host that is dialled
}

// Validate returns everything that is wrong with c; prefix is that of its
// variables. Files are read, so that a wrong path is found at the start.
func (c ClientConfig) Validate(prefix string) []error {
	if !c.Enabled {
		if c.CAFile+c.CertFile+c.KeyFile+c.ServerName != "" {
			return []error{fmt.Errorf("%sTLS must be true when another %sTLS_… variable is set", prefix, prefix)}
		}
		return nil
	}
	if _, err := c.Load(); err != nil {
		return []error{fmt.Errorf("%sTLS_…: %w", prefix, err)}
	}
	return nil
}

// Load returns the configuration for package tls; nil when TLS is not enabled.
// New connections show the certificate that its files hold then.
func (c ClientConfig) Load() (*tls.Config, error) {
	if !c.Enabled {
		return nil, nil
	}
	t := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: c.ServerName}
	if c.CAFile != "" {
		text, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read the authorities: %w", err)
		}
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("read the authorities: %s holds no certificate", c.CAFile)
		}
	}
	if (c.CertFile == "") != (c.KeyFile == "") {
		return nil, errors.New("the client's certificate and its key belong together")
	}
	if c.CertFile != "" {
		pair, err := openPair(c.CertFile, c.KeyFile, slog.Default())
		if err != nil {
			return nil, fmt.Errorf("read the client's certificate: %w", err)
		}
		t.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return pair.certificate(), nil }
	}
	return t, nil
}

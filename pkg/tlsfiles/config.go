package tlsfiles

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Config names the files of a process that serves HTTPS and calls other
// services. It is embedded with a prefix: `env:", prefix=TLS_"`.
type Config struct {
	// CertFile and KeyFile are the server's own certificate and its key, both
	// PEM; empty: it speaks HTTP without TLS.
	CertFile string `env:"CERT_FILE"`
	KeyFile  string `env:"KEY_FILE"`
	// ClientCAFile holds the authorities, in PEM, that sign the certificates of
	// callers of internal routes; empty: such a caller needs none.
	ClientCAFile string `env:"CLIENT_CA_FILE"`
	// CAFile holds the authorities, in PEM, that sign the certificates of the
	// services that are called; empty: the machine's.
	CAFile string `env:"CA_FILE"`
	// ClientCertFile and ClientKeyFile are the certificate, in PEM, that the
	// services that are called are shown, and its key; empty: none.
	ClientCertFile string `env:"CLIENT_CERT_FILE"`
	ClientKeyFile  string `env:"CLIENT_KEY_FILE"`
}

// Validate returns everything that is wrong with c; nil when nothing is. It
// reads the files, so that a wrong path is found at the start.
func (c Config) Validate() []error {
	var all []error
	if c.ClientCAFile != "" && c.CertFile == "" {
		all = append(all, errors.New("TLS_CLIENT_CA_FILE needs TLS_CERT_FILE: without TLS no caller has a certificate"))
	}
	_, err := Open(c, nil)
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return append(all, joined.Unwrap()...)
	}
	return all
}

// Server reports whether a server with c serves HTTPS.
func (c Config) Server() bool { return c.CertFile != "" }

// Files are the opened files of a Config. All of it is safe for concurrent use.
type Files struct {
	server    *keyPair // nil: no TLS
	clientCAs *pool    // nil: no certificate is asked for
	cas       *pool    // nil: the machine's
	client    *keyPair // nil: none is shown
}

// Open reads the files that c names. logger logs each time that a file is read
// again; nil means no log. The error joins one error for each variable that is
// wrong.
func Open(c Config, logger *slog.Logger) (*Files, error) {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	f := &Files{}
	var all []error
	pair := func(variables, certFile, keyFile string) *keyPair {
		if certFile == "" && keyFile == "" {
			return nil
		}
		p, err := openPair(certFile, keyFile, logger)
		if err != nil {
			all = append(all, fmt.Errorf("%s: %w", variables, err))
		} else if end := p.certificate().Leaf.NotAfter; time.Now().After(end) {
			logger.Error("the certificate has expired", "file", certFile, "not_after", end)
		}
		return p
	}
	authorities := func(variable, file string) *pool {
		if file == "" {
			return nil
		}
		p, err := openPool(file, logger)
		if err != nil {
			all = append(all, fmt.Errorf("%s: %w", variable, err))
		}
		return p
	}
	f.server = pair("TLS_CERT_FILE and TLS_KEY_FILE", c.CertFile, c.KeyFile)
	f.clientCAs = authorities("TLS_CLIENT_CA_FILE", c.ClientCAFile)
	f.cas = authorities("TLS_CA_FILE", c.CAFile)
	f.client = pair("TLS_CLIENT_CERT_FILE and TLS_CLIENT_KEY_FILE", c.ClientCertFile, c.ClientKeyFile)
	return f, errors.Join(all...)
}

// RegisterMetrics registers until when the certificates are valid.
func (f *Files) RegisterMetrics(registerer prometheus.Registerer) error {
	for usage, p := range map[string]*keyPair{"server": f.server, "client": f.client} {
		if p == nil {
			continue
		}
		gauge := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "inventory_tls_certificate_expiry_timestamp_seconds", Help: "When the certificate of the process expires, as a Unix time.",
			ConstLabels: prometheus.Labels{"usage": usage},
		}, func() float64 { return float64(p.certificate().Leaf.NotAfter.Unix()) })
		if err := registerer.Register(gauge); err != nil {
			return fmt.Errorf("register the metrics of TLS: %w", err)
		}
	}
	return nil
}

// AsksClients reports whether TLS_CLIENT_CA_FILE was given.
func (f *Files) AsksClients() bool { return f.clientCAs != nil }

// Server returns the configuration of a server; nil when it has no certificate.
// clients is the certificate policy for callers, used when TLS_CLIENT_CA_FILE
// is given.
func (f *Files) Server(clients tls.ClientAuthType) *tls.Config {
	if f.server == nil {
		return nil
	}
	config := f.serving()
	if f.clientCAs == nil || clients == tls.NoClientCert {
		config.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return f.server.certificate(), nil }
		return config
	}
	config.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		own := f.serving()
		own.Certificates = []tls.Certificate{*f.server.certificate()}
		own.ClientAuth, own.ClientCAs = clients, f.clientCAs.authorities()
		// A session that is resumed would stay admitted after its authority is not.
		own.SessionTicketsDisabled = true
		return own, nil
	}
	return config
}

// serving returns the part that all configurations of servers have in common.
// HTTP/2 is left out, see docs/decisions.
func (f *Files) serving() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
}

// clientConfig returns the configuration of a client with the current content
// of the files.
func clientConfig(s state) *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: s.cas}
	if s.certificate != nil {
		config.Certificates = []tls.Certificate{*s.certificate}
	}
	return config
}

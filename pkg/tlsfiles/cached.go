// Package tlsfiles reads certificates and authorities from files and creates the TLS
// configurations of servers, of calls between services, and of clients of message
// brokers. It reads the files again when they change, so that a certificate is
// replaced without a restart.
package tlsfiles

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// checkInterval is how old a value may be before its files are read again. The
// files are read when a connection is opened, and never while none is.
const checkInterval = time.Second

// cached is a value that is read from files. While the content of the files
// cannot be used, the last usable value stays.
type cached[T any] struct {
	what   string // in errors and logs
	paths  []string
	parse  func(contents [][]byte) (*T, error)
	logger *slog.Logger

	value   atomic.Pointer[T]
	checked atomic.Int64 // Unix nanoseconds of the last check
	mu      sync.Mutex   // locked while the files are read
	seen    [sha256.Size]byte
}

// open reads the files for the first time.
func (c *cached[T]) open() error {
	contents, digest, err := c.read()
	if err != nil {
		return err
	}
	value, err := c.parse(contents)
	if err != nil {
		return c.unusable(err)
	}
	c.seen = digest
	c.value.Store(value)
	c.checked.Store(time.Now().UnixNano())
	return nil
}

// get returns the value. The pointer is another one when the value changed.
func (c *cached[T]) get() *T {
	since := time.Since(time.Unix(0, c.checked.Load()))
	// A clock that was set back must not end the checks.
	if (since >= checkInterval || since < 0) && c.mu.TryLock() {
		c.check()
		c.mu.Unlock()
	}
	return c.value.Load()
}

// check reads the files and replaces the value when they changed. An error is
// logged once for each content.
func (c *cached[T]) check() {
	defer func() { c.checked.Store(time.Now().UnixNano()) }()
	contents, digest, err := c.read()
	if err != nil {
		digest = sha256.Sum256([]byte(err.Error()))
	}
	if digest == c.seen {
		return
	}
	c.seen = digest
	var value *T
	if err == nil {
		if value, err = c.parse(contents); err != nil {
			err = c.unusable(err)
		}
	}
	if err != nil {
		c.logger.Error("changed TLS files cannot be used; the previous content stays in use", "err", err)
		return
	}
	c.value.Store(value)
	c.logger.Info("TLS files were read again", "files", c.paths)
}

func (c *cached[T]) read() ([][]byte, [sha256.Size]byte, error) {
	contents := make([][]byte, len(c.paths))
	hash := sha256.New()
	for i, path := range c.paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, [sha256.Size]byte{}, fmt.Errorf("read %s: %w", c.what, err)
		}
		contents[i] = text
		part := sha256.Sum256(text)
		hash.Write(part[:])
	}
	return contents, [sha256.Size]byte(hash.Sum(nil)), nil
}

func (c *cached[T]) unusable(err error) error {
	return fmt.Errorf("read %s in %s: %w", c.what, strings.Join(c.paths, " and "), err)
}

// keyPair is a certificate with its key.
type keyPair struct{ cached cached[tls.Certificate] }

// openPair reads a certificate, with those of the authorities between it and
// its root after it, and its key; both are PEM files.
func openPair(certFile, keyFile string, logger *slog.Logger) (*keyPair, error) {
	if (certFile == "") != (keyFile == "") {
		return nil, errors.New("a certificate and its key belong together")
	}
	p := &keyPair{cached[tls.Certificate]{what: "the certificate and its key", paths: []string{certFile, keyFile}, logger: logger}}
	p.cached.parse = func(contents [][]byte) (*tls.Certificate, error) {
		pair, err := tls.X509KeyPair(contents[0], contents[1])
		return &pair, err
	}
	return p, p.cached.open()
}

// certificate returns the certificate that the files hold now, or the last one
// that could be used. It must not be changed.
func (p *keyPair) certificate() *tls.Certificate { return p.cached.get() }

// pool is a set of authorities.
type pool struct{ cached cached[x509.CertPool] }

// openPool reads the certificates of authorities from a PEM file.
func openPool(file string, logger *slog.Logger) (*pool, error) {
	p := &pool{cached[x509.CertPool]{what: "the authorities", paths: []string{file}, logger: logger}}
	p.cached.parse = func(contents [][]byte) (*x509.CertPool, error) {
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(contents[0]) {
			return nil, errors.New("there is no certificate")
		}
		return pool, nil
	}
	return p, p.cached.open()
}

// authorities returns the authorities that the file holds now, or the last ones
// that could be used. They must not be changed.
func (p *pool) authorities() *x509.CertPool { return p.cached.get() }

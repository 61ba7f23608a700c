// Package tlsfilestest creates authorities and certificates for tests.
package tlsfilestest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Authority signs certificates.
type Authority struct {
	t    testing.TB
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	// PEM is its own certificate.
	PEM []byte
}

// NewAuthority creates an authority with a key of its own.
func NewAuthority(t testing.TB) *Authority {
	t.Helper()
	a := &Authority{t: t, key: newKey(t), cert: &x509.Certificate{
		Subject:   pkix.Name{CommonName: "authority of a test", SerialNumber: rand.Text()},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}}
	a.PEM = a.sign(a.cert, a.key)
	return a
}

// Pair is a certificate and its key, in PEM.
type Pair struct{ Cert, Key []byte }

// Issue returns a certificate for servers on this machine, with more names, and
// for clients.
func (a *Authority) Issue(names ...string) Pair {
	a.t.Helper()
	return a.IssueUntil(time.Now().Add(12*time.Hour), names...)
}

// IssueUntil is Issue with the time at which the certificate expires.
func (a *Authority) IssueUntil(notAfter time.Time, names ...string) Pair {
	a.t.Helper()
	key := newKey(a.t)
	cert := a.sign(&x509.Certificate{
		Subject:   pkix.Name{CommonName: "service of a test"},
		NotBefore: notAfter.Add(-48 * time.Hour), NotAfter: notAfter,
		DNSNames: append([]string{"localhost"}, names...), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, key)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	return Pair{Cert: cert, Key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})}
}

func (a *Authority) sign(cert *x509.Certificate, key *ecdsa.PrivateKey) []byte {
	a.t.Helper()
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		a.t.Fatal(err)
	}
	cert.SerialNumber = serial
	der, err := x509.CreateCertificate(rand.Reader, cert, a.cert, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Folder has TLS files as Kubernetes mounts a secret: its content changes all
// at once, by a symbolic link.
type Folder struct {
	t    testing.TB
	path string
}

// NewFolder returns a folder of the test.
func NewFolder(t testing.TB) *Folder {
	t.Helper()
	return &Folder{t, t.TempDir()}
}

// File returns the path of the file with a name: tls.crt, tls.key or ca.crt.
func (f *Folder) File(name string) string { return filepath.Join(f.path, "..data", name) }

// Put replaces the content of the folder.
func (f *Folder) Put(pair Pair, authorities ...*Authority) {
	f.t.Helper()
	var all []byte
	for _, a := range authorities {
		all = append(all, a.PEM...)
	}
	version := rand.Text()
	check := func(err error) {
		f.t.Helper()
		if err != nil {
			f.t.Fatal(err)
		}
	}
	check(os.Mkdir(filepath.Join(f.path, version), 0o700))
	for name, text := range map[string][]byte{"tls.crt": pair.Cert, "tls.key": pair.Key, "ca.crt": all} {
		check(os.WriteFile(filepath.Join(f.path, version, name), text, 0o600))
	}
	check(os.Symlink(version, filepath.Join(f.path, "..new")))
	check(os.Rename(filepath.Join(f.path, "..new"), filepath.Join(f.path, "..data")))
}

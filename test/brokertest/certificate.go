package brokertest

import (
	"os"
	"path/filepath"
	"testing"

	"inventory.example/pkg/tlsfiles/tlsfilestest"
)

// Certificate is a server certificate for 127.0.0.1 and localhost with its
// private authority, in PEM files.
type Certificate struct {
	CAFile   string // the authority
	CertFile string
	KeyFile  string // PKCS #8
	BothFile string // the key and the certificate
}

// NewCertificate creates an authority and a certificate in a folder of the test.
func NewCertificate(t testing.TB) *Certificate {
	t.Helper()
	authority := tlsfilestest.NewAuthority(t)
	pair := authority.Issue()
	folder := t.TempDir()
	write := func(name string, text []byte) string {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	return &Certificate{
		CAFile: write("ca.pem", authority.PEM), CertFile: write("cert.pem", pair.Cert), KeyFile: write("key.pem", pair.Key),
		BothFile: write("both.pem", append(pair.Key, pair.Cert...)),
	}
}

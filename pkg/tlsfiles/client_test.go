package tlsfiles_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"inventory.example/pkg/tlsfiles"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// files are an authority, a certificate that it signed for redis.internal and
// for clients, and its key, as PEM files.
type files struct{ ca, cert, key string }

func makeFiles(t *testing.T) (f files) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	sign := func(template, parent *x509.Certificate, public *ecdsa.PublicKey, private *ecdsa.PrivateKey) []byte {
		der, err := x509.CreateCertificate(rand.Reader, template, parent, public, private)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	newKey := func() *ecdsa.PrivateKey {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	authority, own := newKey(), newKey()
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Authority"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Leaf"}, NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"redis.internal"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	f.ca = write("ca.pem", "CERTIFICATE", sign(ca, ca, &authority.PublicKey, authority))
	f.cert = write("cert.pem", "CERTIFICATE", sign(leaf, ca, &own.PublicKey, authority))
	der, err := x509.MarshalPKCS8PrivateKey(own)
	if err != nil {
		t.Fatal(err)
	}
	f.key = write("key.pem", "PRIVATE KEY", der)
	return f
}

// shakeHands connects a client with that configuration to a server that wants
// a certificate of the client, and returns the client's and the server's error.
func shakeHands(t *testing.T, f files, c tlsfiles.ClientConfig) (client, server error) {
	t.Helper()
	config, err := c.Load()
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		t.Fatal(err)
	}
	trusted := x509.NewCertPool()
	text, err := os.ReadFile(f.ca)
	if err != nil || !trusted.AppendCertsFromPEM(text) {
		t.Fatal("no authority", err)
	}
	// Not net.Pipe: both sides may write at the same time, an alert and the
	// next message, which only a connection with buffers lets them.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	near, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	far, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		s := tls.Server(far, &tls.Config{
			Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: trusted, MinVersion: tls.VersionTLS12,
			MaxVersion: tls.VersionTLS12, // so that the client gets the server's alert about its certificate in the handshake
		})
		ended <- s.Handshake()
		_ = far.Close()
	}()
	client = tls.Client(near, config).Handshake()
	_ = near.Close()
	return client, <-ended
}

func TestClientConfig_Load(t *testing.T) {
	f := makeFiles(t)
	whole := tlsfiles.ClientConfig{Enabled: true, CAFile: f.ca, CertFile: f.cert, KeyFile: f.key, ServerName: "redis.internal"}
	if client, server := shakeHands(t, f, whole); client != nil || server != nil {
		t.Errorf("got %v and %v", client, server)
	}
	for name, change := range map[string]func(*tlsfiles.ClientConfig){
		"another name than the server's": func(c *tlsfiles.ClientConfig) { c.ServerName = "redis.example" },
		"an authority of others":         func(c *tlsfiles.ClientConfig) { c.CAFile = makeFiles(t).ca },
		"the machine's authorities":      func(c *tlsfiles.ClientConfig) { c.CAFile = "" },
		"no certificate":                 func(c *tlsfiles.ClientConfig) { c.CertFile, c.KeyFile = "", "" },
	} {
		t.Run(name, func(t *testing.T) {
			c := whole
			change(&c)
			if client, server := shakeHands(t, f, c); client == nil || server == nil {
				t.Errorf("got %v and %v, want the handshake to fail", client, server)
			}
		})
	}
	if config, err := (tlsfiles.ClientConfig{CAFile: f.ca}).Load(); config != nil || err != nil {
		t.Errorf("not enabled: got %v and %v", config, err)
	}
}

func TestClientConfig_Validate(t *testing.T) {
	f := makeFiles(t)
	missing := filepath.Join(t.TempDir(), "missing.pem")
	for name, test := range map[string]struct {
		config tlsfiles.ClientConfig
		want   string // part of the one error; empty for none
	}{
		"nothing":                         {tlsfiles.ClientConfig{}, ""},
		"only enabled":                    {tlsfiles.ClientConfig{Enabled: true}, ""},
		"everything":                      {tlsfiles.ClientConfig{Enabled: true, CAFile: f.ca, CertFile: f.cert, KeyFile: f.key, ServerName: "x"}, ""},
		"files but not enabled":           {tlsfiles.ClientConfig{KeyFile: f.key}, "REDIS_TLS must be true when another REDIS_TLS_… variable is set"},
		"a name but not enabled":          {tlsfiles.ClientConfig{ServerName: "x"}, "REDIS_TLS must be true"},
		"a missing authority":             {tlsfiles.ClientConfig{Enabled: true, CAFile: missing}, missing},
		"a file that is not an authority": {tlsfiles.ClientConfig{Enabled: true, CAFile: f.key}, "holds no certificate"},
		"no key":                          {tlsfiles.ClientConfig{Enabled: true, CertFile: f.cert}, "belong together"},
		"no certificate":                  {tlsfiles.ClientConfig{Enabled: true, KeyFile: f.key}, "belong together"},
		"the key of another certificate":  {tlsfiles.ClientConfig{Enabled: true, CertFile: f.cert, KeyFile: makeFiles(t).key}, "private key does not match"},
		"a missing certificate":           {tlsfiles.ClientConfig{Enabled: true, CertFile: missing, KeyFile: f.key}, missing},
	} {
		t.Run(name, func(t *testing.T) {
			errs := test.config.Validate("REDIS_")
			switch {
			case test.want == "" && len(errs) > 0:
				t.Errorf("got %v", errs)
			case test.want != "" && (len(errs) != 1 || !strings.Contains(errs[0].Error(), test.want)):
				t.Errorf("got %v, want %q", errs, test.want)
			}
		})
	}
}

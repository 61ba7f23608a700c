package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// useTLS sets the client and the environment for compose.tls.yaml and the
// certificates of a folder.
func (s *stack) useTLS(certificates string) error {
	var err error
	if s.certificates, err = filepath.Abs(certificates); err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(s.certificates, "proxy", "current", "ca.crt"))
	if err != nil {
		return err
	}
	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM(text) {
		return fmt.Errorf("%s has no authority", certificates)
	}
	s.env = append(s.env, "CERTIFICATES_DIR="+s.certificates)
	s.client.base = strings.Replace(s.client.base, "http://", "https://", 1)
	s.client.http.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: authorities}
	return nil
}

// replaceCertificates renews the certificates, checks that every service reads
// them without a restart, and that a service refuses a caller without one.
func (s *stack) replaceCertificates(ctx context.Context) error {
	before, err := s.containers(ctx)
	if err != nil {
		return err
	}
	if _, err := s.program(ctx, "./make-certificates", "renew", s.certificates); err != nil {
		return err
	}
	err = eventually(ctx, func(ctx context.Context) error {
		// A service reads its certificates at a new connection, which its health
		// check opens every few seconds.
		for _, service := range services {
			log, err := s.compose(ctx, "logs", "--no-log-prefix", service)
			if err != nil {
				return err
			}
			if !strings.Contains(log, "TLS files were read again") {
				return fmt.Errorf("%s has not read its certificates again", service)
			}
			if strings.Contains(log, "changed TLS files cannot be used") {
				return fmt.Errorf("%s cannot use its certificates: %s", service, log)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	after, err := s.containers(ctx)
	if err != nil {
		return err
	}
	for _, service := range services {
		if before[service].State.Pid != after[service].State.Pid {
			return fmt.Errorf("%s was restarted", service)
		}
	}
	// The audit without a certificate must fail at the handshake.
	_, err = s.compose(ctx, "run", "--rm", "-e", "TLS_CLIENT_CERT_FILE=", "-e", "TLS_CLIENT_KEY_FILE=", "tools", "audit")
	if err == nil || !strings.Contains(err.Error(), "certificate required") {
		return errors.Join(errors.New("a caller without a certificate is not refused"), err)
	}
	return nil
}

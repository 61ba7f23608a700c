package httpserver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// healthcheckTimeout bounds a Healthcheck: a service that takes longer for so
// little is not well.
const healthcheckTimeout = 3 * time.Second

// maxResponseBytes bounds the response that a Healthcheck reads and shows.
const maxResponseBytes = 64 << 10

// Healthcheck checks whether the service that listens on this machine's port is
// ready and healthy, as the health check of a container does. The error is one
// line with the response.
//
// The certificate is not verified: its names are those by which other machines
// know the service, nothing secret is sent, and no restart would help.
func Healthcheck(ctx context.Context, l Listen, port int) error {
	ctx, cancel := context.WithTimeout(ctx, healthcheckTimeout)
	defer cancel()
	// No proxy of the environment is used between a service and itself.
	//nolint:gosec // see above
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	defer transport.CloseIdleConnections()
	client := &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	var all []error
	for _, path := range []string{"/ready", "/health"} {
		all = append(all, healthy(ctx, client, l.Local(port)+path))
	}
	return errors.Join(all...)
}

func healthy(ctx context.Context, client *http.Client, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err // names method and URL
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxResponseBytes))
	if err != nil {
		return fmt.Errorf("%s: %w", url, err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s returns %d: %s", url, response.StatusCode, body)
	}
	return nil
}

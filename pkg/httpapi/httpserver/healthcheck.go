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

// maxAnswerBytes bounds the response that a Healthcheck reads and shows.
const maxAnswerBytes = 64 << 10

// Healthcheck asks the service that listens on this machine's port whether it
// is ready and well, as the health check of a container does. The error is one
// line that says what was answered.
//
// The certificate is not verified: its names are those by which other machines
// know the service, nothing secret is sent, and no restart would mend it.
func Healthcheck(ctx context.Context, l Listen, port int) error {
	ctx, cancel := context.WithTimeout(ctx, healthcheckTimeout)
	defer cancel()
	// No proxy of the environment stands between a service and itself.
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
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes))
	if err != nil {
		return fmt.Errorf("%s: %w", url, err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %d: %s", url, response.StatusCode, body)
	}
	return nil
}

// Package terminal has the commands of inventory for people: products, stock,
// reservations, transfers, counts, files, webhooks and alerts, over the REST API
// of a running system, with an API key.
package terminal

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"

	"github.com/sethvargo/go-envconfig"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// The exit codes of the commands beside 0 and 1, which is for any other failure.
// docs/cli.md explains them.
const (
	exitUsage   = 2 // the command line or the profile is wrong
	exitRefused = 3 // the system refused the request (4xx)
	exitAway    = 4 // the system cannot be reached, or is not able to serve now (5xx)
)

// UsageError is the error of a wrong command line.
type UsageError struct{ Cause error }

// Error returns the cause.
func (e *UsageError) Error() string { return e.Cause.Error() }

// Unwrap returns the cause.
func (e *UsageError) Unwrap() error { return e.Cause }

// ExitCode implements process.ExitCoder.
func (e *UsageError) ExitCode() int { return exitUsage }

func usagef(format string, args ...any) error {
	return &UsageError{Cause: fmt.Errorf(format, args...)}
}

// session is shared by all commands: the system that they use, and how they print.
type session struct {
	profile, url, key string // flags
	asJSON, quiet     bool

	// These are set before a command runs.
	out, errOut io.Writer
	colours     bool
	client      *client
}

// AddTo adds the commands for people, and their common flags, to the program's.
func AddTo(root *cobra.Command) {
	s := &session{}
	for _, command := range []*cobra.Command{
		productsCommand(s), stockCommand(s), reserveCommand(s), reservationsCommand(s), transfersCommand(s), countsCommand(s),
		webhooksCommand(s), alertsCommand(s), importCommand(s), exportCommand(s), watchCommand(s),
	} {
		command.GroupID = GroupPeople
		s.addFlags(command)
		root.AddCommand(command)
	}
}

// GroupPeople is the group of these commands in the program's help.
const GroupPeople = "people"

func (s *session) addFlags(command *cobra.Command) {
	flags := command.PersistentFlags()
	flags.StringVar(&s.url, "url", "", "base `URL` of the system (default $INVENTORY_URL, the profile's, or "+defaultURL+")")
	flags.StringVar(&s.key, "key", "", "API `key` (default $INVENTORY_KEY, or the profile's)")
	flags.StringVar(&s.profile, "profile", "", "`name` of a profile in the configuration file (default $INVENTORY_PROFILE, or its default)")
	flags.BoolVar(&s.asJSON, "json", false, "print JSON, as the API has it")
	flags.BoolVarP(&s.quiet, "quiet", "q", false, "print ids only")
	command.PersistentPreRunE = func(command *cobra.Command, _ []string) error {
		s.out, s.errOut = command.OutOrStdout(), command.ErrOrStderr()
		return s.connect(command.Context())
	}
}

// Environment has the variables of the commands.
type Environment struct {
	// URL is the base URL of the system, Key the API key, and Profile the name of a
	// profile that has both.
	URL     string `env:"INVENTORY_URL"`
	Key     string `env:"INVENTORY_KEY"`
	Profile string `env:"INVENTORY_PROFILE"`
	// ConfigFile is the file of the profiles.
	ConfigFile string `env:"INVENTORY_CONFIG"`
	// NoColor switches colours off when it is not empty (https://no-color.org).
	NoColor string `env:"NO_COLOR"`
}

// connect finds the system: flags win over variables, and these over the profile.
func (s *session) connect(ctx context.Context) error {
	var e Environment
	if err := envconfig.Process(ctx, &e); err != nil {
		return &UsageError{Cause: err}
	}
	s.colours = width(s.out) > 0 && e.NoColor == ""
	p, err := loadProfile(e.ConfigFile, cmp.Or(s.profile, e.Profile))
	if err != nil {
		return &UsageError{Cause: err}
	}
	s.client, err = newClient(cmp.Or(s.url, e.URL, p.URL, defaultURL), cmp.Or(s.key, e.Key, p.Key))
	if err != nil {
		return &UsageError{Cause: err}
	}
	return nil
}

// width returns how many columns a terminal has; 0: out is not a terminal.
func width(out io.Writer) int {
	file, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) { //nolint:gosec // a descriptor is small
		return 0
	}
	columns, _, err := term.GetSize(int(file.Fd())) //nolint:gosec // a descriptor is small
	if err != nil {
		return 80
	}
	return columns
}

package kafka

import (
	"fmt"
	"slices"
	"strings"

	"inventory.example/pkg/events"
	"inventory.example/pkg/tlsfiles"
)

// Config is the configuration of the connection to Kafka; docs/configuration.md
// explains each variable.
type Config struct {
	Brokers       []string `env:"KAFKA_BROKERS, default=localhost:9092"`
	Topic         string   `env:"KAFKA_TOPIC, default=inventory-events"` // dead letters: the name with .dlq appended
	CreateTopics  bool     `env:"KAFKA_CREATE_TOPICS, default=true"`
	Partitions    int      `env:"KAFKA_PARTITIONS, default=6"`   // of a topic that is created
	Replication   int      `env:"KAFKA_REPLICATION, default=-1"` // of a topic that is created; -1: the broker's default
	GroupPrefix   string   `env:"KAFKA_GROUP_PREFIX"`            // before the names of the consumer groups
	SASLMechanism string   `env:"KAFKA_SASL_MECHANISM"`          // empty, PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512
	Username      string   `env:"KAFKA_USERNAME"`
	Password      string   `env:"KAFKA_PASSWORD"`

	TLS tlsfiles.ClientConfig `env:", prefix=KAFKA_"`
}

// DefaultConfig returns the defaults of the variables: a server on this machine.
func DefaultConfig() Config {
	return Config{
		Brokers: []string{"localhost:9092"}, Topic: "inventory-events", CreateTopics: true, Partitions: 6, Replication: -1,
	}
}

// The values of KAFKA_SASL_MECHANISM.
const (
	saslPlain    = "PLAIN"
	saslSCRAM256 = "SCRAM-SHA-256"
	saslSCRAM512 = "SCRAM-SHA-512"
)

// maxPartitions keeps a typing error from creating a topic that overloads Kafka.
const maxPartitions = 10_000

// Validate returns one error for each invalid field; none if c is valid.
func (c Config) Validate() []error {
	var all []error
	require := func(ok bool, format string, args ...any) {
		if !ok {
			all = append(all, fmt.Errorf(format, args...))
		}
	}
	require(len(c.Brokers) > 0, "KAFKA_BROKERS must be set")
	require(c.Topic != "", "KAFKA_TOPIC must be set")
	require(c.Partitions > 0 && c.Partitions <= maxPartitions, "KAFKA_PARTITIONS must be from 1 to %d", maxPartitions)
	require(c.Replication == -1 || c.Replication > 0 && c.Replication <= 32767,
		"KAFKA_REPLICATION must be positive, or -1 for the broker's default")
	mechanisms := []string{"", saslPlain, saslSCRAM256, saslSCRAM512}
	require(slices.Contains(mechanisms, c.SASLMechanism),
		"KAFKA_SASL_MECHANISM must be empty, %s, %s or %s", saslPlain, saslSCRAM256, saslSCRAM512)
	require((c.SASLMechanism != "") == (c.Username != ""), "KAFKA_SASL_MECHANISM and KAFKA_USERNAME belong together")
	return append(all, c.TLS.Validate("KAFKA_")...)
}

// kafkaGroup returns the name in Kafka of a subscription's group.
func (c Config) kafkaGroup(group string) string { return c.GroupPrefix + group }

// groupName is the reverse of kafkaGroup. A group without the prefix keeps its
// name and is not own.
func (c Config) groupName(kafkaGroup string) (name string, own bool) {
	name, own = strings.CutPrefix(kafkaGroup, c.GroupPrefix)
	if name == "" {
		return kafkaGroup, false
	}
	return name, own
}

// deadLetterTopic returns the name of the topic of dead letters.
func (c Config) deadLetterTopic() string {
	return c.Topic + events.DeadLetterSuffix
}

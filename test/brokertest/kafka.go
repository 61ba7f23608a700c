package brokertest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/testcontainers/testcontainers-go"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// KafkaOptions are the options of a Kafka server.
type KafkaOptions struct {
	// Properties are more lines of server.properties, over the defaults.
	Properties map[string]string
	// TLS: clients connect with TLS; the server has this certificate.
	TLS *Certificate
	// User, with Password: clients log in with SCRAM-SHA-256, SCRAM-SHA-512 or
	// PLAIN.
	User, Password string
}

// KafkaServer is a Kafka server of one test, broker and controller in one.
type KafkaServer struct {
	*Server
	addr string
}

// Kafka starts a server for this test, which ends with it. It takes seconds and
// half a gigabyte of memory: use SharedKafka where that will do.
func Kafka(t testing.TB, o KafkaOptions) *KafkaServer {
	t.Helper()
	s := newKafka(t, o)
	own(t, s)
	return &KafkaServer{Server: s, addr: s.ports[0].addr()}
}

// Addr returns host:port, the same after a restart.
func (s *KafkaServer) Addr() string { return s.addr }

// AdminAddr returns the host:port where the server asks for neither TLS nor a
// login, for the administration of users and topics.
func (s *KafkaServer) AdminAddr() string { return s.ports[1].addr() }

var sharedKafka shared

// SharedKafka returns the addresses (host:port) of the server that all tests of
// this binary share; each uses topics of its own.
func SharedKafka(t testing.TB) []string {
	t.Helper()
	if brokers := os.Getenv("TEST_KAFKA_BROKERS"); brokers != "" {
		return strings.Split(brokers, ",")
	}
	sharedKafka.get(t, func(t testing.TB) *Server { return newKafka(t, KafkaOptions{}) })
	return []string{sharedKafka.server.ports[0].addr()}
}

const (
	kafkaCluster = "4L6g3nShT-eMCtK--X86sw" // any id will do
	kafkaHeap    = "-Xmx384m"
)

// newKafka returns a server, which the caller must start and remove. Its first
// port is that of the clients, its second one asks for no login.
func newKafka(t testing.TB, o KafkaOptions) *Server {
	t.Helper()
	libs, image := os.Getenv("TEST_KAFKA_LIBS"), imageName("KAFKA_IMAGE", KafkaImage)
	if libs == "" {
		needDocker(t, image, "TEST_KAFKA_LIBS=a folder with the jars of Apache Kafka and java on the PATH")
	}
	ports := []*port{newPort(t), newPort(t), newPort(t)}
	s := &Server{ports: ports, check: kafkaCheck(ports[1].addr(), o)}
	if libs != "" {
		p := newProcess(t)
		file := filepath.Join(p.folder, "server.properties")
		text := kafkaProperties(o, ports, "127.0.0.1", filepath.Join(p.data(), "log"), o.TLS)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		// These options reduce the time to start.
		java := []string{
			"java", kafkaHeap, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
			"-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Djava.io.tmpdir=" + p.folder, "-cp", filepath.Join(libs, "*"),
		}
		p.format = [][]string{append(slices.Clone(java), "kafka.tools.StorageTool", "format", "-t", kafkaCluster, "-c", file)}
		p.command = append(slices.Clone(java), "kafka.Kafka", file)
		s.host = p
		return s
	}
	inside, files := o.TLS.inContainer()
	const file = "/tmp/server.properties"
	files = append(files, testcontainers.ContainerFile{
		Reader:            strings.NewReader(kafkaProperties(o, ports, "0.0.0.0", "/tmp/kafka-data", inside)),
		ContainerFilePath: file, FileMode: 0o644,
	})
	s.host = &box{
		image: image, ports: ports[:2], files: files,
		env: map[string]string{"KAFKA_HEAP_OPTS": kafkaHeap},
		entrypoint: []string{
			"bash", "-c", "/opt/kafka/bin/kafka-storage.sh format --ignore-formatted -t " + kafkaCluster + " -c " + file +
				" && exec /opt/kafka/bin/kafka-server-start.sh " + file,
		},
	}
	return s
}

// kafkaProperties returns the text of server.properties. Ports are those of the
// clients, of the broker itself and of the controller.
func kafkaProperties(o KafkaOptions, ports []*port, bind, data string, c *Certificate) string {
	clients := "PLAINTEXT"
	switch {
	case o.User != "" && c != nil:
		clients = "SASL_SSL"
	case o.User != "":
		clients = "SASL_PLAINTEXT"
	case c != nil:
		clients = "SSL"
	}
	p := map[string]string{
		"process.roles":             "broker,controller",
		"node.id":                   "1",
		"controller.quorum.voters":  "1@" + ports[2].addr(),
		"controller.listener.names": "CONTROLLER",
		"listeners": fmt.Sprintf("CLIENT://%s,INNER://%s,CONTROLLER://%s",
			net.JoinHostPort(bind, strconv.Itoa(ports[0].number)), net.JoinHostPort(bind, strconv.Itoa(ports[1].number)),
			ports[2].addr()),
		"advertised.listeners":           fmt.Sprintf("CLIENT://%s,INNER://%s", ports[0].addr(), ports[1].addr()),
		"inter.broker.listener.name":     "INNER",
		"listener.security.protocol.map": "CONTROLLER:PLAINTEXT,INNER:PLAINTEXT,CLIENT:" + clients,

		"log.dirs":                                         data,
		"auto.create.topics.enable":                        "false",
		"offsets.topic.replication.factor":                 "1",
		"offsets.topic.num.partitions":                     "1",
		"transaction.state.log.replication.factor":         "1",
		"transaction.state.log.min.isr":                    "1",
		"transaction.state.log.num.partitions":             "1",
		"share.coordinator.state.topic.replication.factor": "1",
		"share.coordinator.state.topic.min.isr":            "1",
		"group.initial.rebalance.delay.ms":                 "0",
		"log.cleaner.dedupe.buffer.size":                   "4194304",
	}
	if c != nil {
		p["ssl.keystore.type"] = "PEM"
		p["ssl.keystore.location"] = c.BothFile
	}
	if o.User != "" {
		p["sasl.enabled.mechanisms"] = "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512"
		scram := "org.apache.kafka.common.security.scram.ScramLoginModule required;"
		p["listener.name.client.scram-sha-256.sasl.jaas.config"] = scram
		p["listener.name.client.scram-sha-512.sasl.jaas.config"] = scram
		p["listener.name.client.plain.sasl.jaas.config"] = fmt.Sprintf(
			"org.apache.kafka.common.security.plain.PlainLoginModule required user_%s=%q;", o.User, o.Password)
	}
	maps.Copy(p, o.Properties)
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(p)) {
		fmt.Fprintf(&text, "%s=%s\n", name, p[name])
	}
	return text.String()
}

// kafkaCheck returns a function that expects a Kafka server to have a broker, and
// creates the user.
func kafkaCheck(addr string, o KafkaOptions) func(context.Context) error {
	return func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		c, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.RequestRetries(0))
		if err != nil {
			return err
		}
		defer c.Close()
		admin := kadm.NewClient(c)
		m, err := admin.BrokerMetadata(ctx)
		switch {
		case err != nil:
			return err
		case len(m.Brokers) == 0 || m.Controller < 0:
			return errors.New("no broker has registered")
		case o.User == "":
			return nil
		}
		for _, mechanism := range []kadm.ScramMechanism{kadm.ScramSha256, kadm.ScramSha512} { // a request per mechanism
			response, err := admin.AlterUserSCRAMs(ctx, nil, []kadm.UpsertSCRAM{
				{User: o.User, Mechanism: mechanism, Iterations: 4096, Password: o.Password},
			})
			if err == nil {
				err = response.Error()
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
}

package main

import (
	"testing"

	"go.uber.org/goleak"

	"inventory.example/pkg/postgres/postgrestest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(postgrestest.Tests{M: m}) }

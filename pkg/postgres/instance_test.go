package postgres_test

const instanceVariable = "POSTGRES_TEST_INSTANCE"

func runInstance() {}
